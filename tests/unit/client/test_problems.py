"""How refusals are read, whoever wrote them."""

import httpx
import pytest

from pixelmill.client import ApiProblem

OF_THE_API = {
    "type": "urn:pixelmill:problem:invalid_request",
    "title": "The request is not valid",
    "status": 422,
    "detail": "expected an integer from 1 to 8192 for parameters.width, received 0",
    "code": "invalid_request",
    "retryable": False,
    "errors": [{"field": "parameters.width", "detail": "expected an integer from 1 to 8192, received 0"}],
    "request_id": "1",
    "newer_than_this_client": 1,
}


def test_the_apis_own() -> None:
    """Everything it says; what is newer than the client is passed over."""
    problem = ApiProblem.of(httpx.Response(422, json=OF_THE_API, headers={"Retry-After": "7"}))
    assert (problem.status, problem.code, problem.title) == (422, "invalid_request", "The request is not valid")
    assert (problem.retryable, problem.request_id, problem.retry_after_seconds) == (False, "1", 7)
    assert [error.field for error in problem.errors] == ["parameters.width"]
    assert str(problem) == f"{OF_THE_API['detail']} (invalid_request)"


@pytest.mark.parametrize(("status", "is_retryable"), [(429, True), (413, False)])
def test_a_proxys(status: int, is_retryable: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """Shorter; whether to come back is told from the status."""
    body = {"type": "about:blank", "title": "t", "status": status, "detail": "d", "code": "c"}
    problem = ApiProblem.of(httpx.Response(status, json=body))
    assert (problem.code, problem.retryable, problem.errors, problem.task) == ("c", is_retryable, [], None)


@pytest.mark.parametrize("body", [b"<html>502 Bad Gateway</html>", b"", b"[]", b"\xff"])
def test_something_elses(body: bytes) -> None:
    """An answer that is no problem is one nobody expected."""
    problem = ApiProblem.of(httpx.Response(502, content=body))
    assert (problem.code, problem.retryable) == ("unexpected_answer", True)
    assert "502 Bad Gateway" in problem.detail


@pytest.mark.parametrize("value", ["soon", "-1", "", "\N{ARABIC-INDIC DIGIT ONE}"])
def test_a_time_that_cannot_be_read_is_none(value: str) -> None:
    """`Retry-After` may be nonsense."""
    response = httpx.Response(503, headers=[(b"Retry-After", value.encode())])
    assert ApiProblem.of(response).retry_after_seconds is None
