"""What is tried again, for how long, and after which pause."""

import time
from collections.abc import Callable

import httpx
import pytest

from pixelmill.client.problems import ApiProblem, ServiceUnreachable
from pixelmill.client.retries import retried


def refusal(status: int, retry_after: str | None = None) -> ApiProblem:
    return ApiProblem.of(httpx.Response(status, headers={} if retry_after is None else {"Retry-After": retry_after}))


def failing_first(*errors: Exception) -> Callable[[], int]:
    """Raises these, one per call; then returns the number of calls."""
    left, calls = list(errors), 0

    def call() -> int:
        nonlocal calls
        calls += 1
        if left:
            raise left.pop(0)
        return calls

    return call


@pytest.mark.parametrize("error", [ServiceUnreachable("down"), *map(refusal, (429, 502, 503, 504))], ids=str)
def test_what_may_pass_is_tried_again(error: Exception) -> None:
    """Connections and passing refusals."""
    assert retried(failing_first(error, error), seconds=5) == 3


@pytest.mark.parametrize("status", [400, 404, 410, 413, 422, 500])
def test_what_stays_is_not(status: int) -> None:
    """The first refusal is the answer."""
    with pytest.raises(ApiProblem):
        retried(failing_first(refusal(status)), seconds=5)


def test_the_service_says_how_long_to_pause() -> None:
    """`Retry-After` is heeded."""
    started = time.monotonic()
    assert retried(failing_first(refusal(503, "1")), seconds=5) == 2
    assert 1 <= time.monotonic() - started < 3


def test_nobody_waits_for_what_comes_too_late() -> None:
    """A pause that would outlast the patience is not begun."""
    started = time.monotonic()
    with pytest.raises(ApiProblem):
        retried(failing_first(refusal(503, "60")), seconds=5)
    assert time.monotonic() - started < 1


def test_no_patience_is_one_try() -> None:
    """0 seconds."""
    with pytest.raises(ServiceUnreachable):
        retried(failing_first(ServiceUnreachable("down")), seconds=0)
