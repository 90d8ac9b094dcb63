"""Problems: a status for every error, the form of RFC 9457, and nothing of what the log alone may have."""

from http import HTTPStatus

import pytest
from flask import Flask
from werkzeug.exceptions import ImATeapot, ServiceUnavailable

from pixelmill.api.observed import observe_requests
from pixelmill.api.problems import STATUSES, answer_errors_with_problems, status_of
from pixelmill.domain.errors import (
    CATALOGUE,
    Fault,
    FieldError,
    InternalError,
    InvalidRequest,
    PixelmillError,
    QueueFull,
    QueueUnavailable,
    SourceForbidden,
)


def answer_to(error: Exception) -> tuple[int, dict[str, object], dict[str, str]]:
    """Status, body and headers of the answer to a request that ends with an error."""
    app = Flask(__name__)
    observe_requests(app, role="api")
    answer_errors_with_problems(app)

    @app.get("/")
    def fail() -> str:
        raise error

    response = app.test_client().get("/")
    assert response.content_type == "application/problem+json"
    body: dict[str, object] = response.get_json(force=True)
    return response.status_code, body, dict(response.headers)


@pytest.mark.parametrize("error", CATALOGUE.values(), ids=CATALOGUE)
def test_every_error_has_a_status_of_its_fault(error: type[PixelmillError]) -> None:
    """The caller's and the source's are 4xx, ours are 5xx; what may pass is not called final."""
    is_ours = error.fault is Fault.SERVICE
    assert (status_of(error) >= HTTPStatus.INTERNAL_SERVER_ERROR) is is_ours
    if error.code in STATUSES and is_ours:
        assert error.retryable


def test_every_listed_status_is_of_an_error_there_is() -> None:
    """No status outlives its error."""
    assert set(STATUSES) <= set(CATALOGUE)


def test_the_members_of_a_problem() -> None:
    """RFC 9457's five (the instance is the request id), and ours."""
    errors = [FieldError(field="a", detail="expected b"), FieldError(field="c", detail="expected d")]
    status, body, headers = answer_to(InvalidRequest(errors))
    assert status == 422
    assert body == {
        "type": "urn:pixelmill:problem:invalid_request",
        "title": "The request is not valid",
        "status": 422,
        "detail": "a: expected b; c: expected d",
        "code": "invalid_request",
        "retryable": False,
        "errors": [{"field": "a", "detail": "expected b"}, {"field": "c", "detail": "expected d"}],
        "request_id": headers["X-Request-Id"],
    }
    assert headers["Cache-Control"] == "no-store"
    assert "Retry-After" not in headers


def test_a_passing_error_says_when_to_come_back() -> None:
    """As it knows itself, else a usual time."""
    assert answer_to(QueueFull(retry_after_seconds=17))[2]["Retry-After"] == "17"
    assert answer_to(QueueUnavailable())[2]["Retry-After"] == "2"


def test_an_error_without_a_status_of_its_own_is_the_callers_or_ours() -> None:
    """An error that usually ends a task may end a request."""
    assert answer_to(SourceForbidden())[0] == 422


def test_a_bug_tells_nothing_but_its_request_id(caplog: pytest.LogCaptureFixture) -> None:
    """The cause is for the log."""
    status, body, _ = answer_to(RuntimeError("password=secret"))
    assert (status, body["code"]) == (500, InternalError.code)
    assert "secret" not in str(body)


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [(ImATeapot(), 400, "malformed_request"), (ServiceUnavailable("<p>html</p>"), 500, "internal_error")],
)
def test_what_flask_raises_is_said_in_our_words(error: Exception, status: int, code: str) -> None:
    """Its descriptions are HTML."""
    answered, body, _ = answer_to(error)
    assert (answered, body["code"]) == (status, code)
    assert "html" not in str(body["detail"])
