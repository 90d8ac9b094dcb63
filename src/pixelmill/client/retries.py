"""Trying again what may succeed soon. Every call may be repeated: submitting the same again finds the same task."""

from collections.abc import Callable
from typing import Final, TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_before_delay, wait_exponential_jitter

from pixelmill.client.problems import PASSING_STATUSES, ApiProblem, ServiceUnreachable

T = TypeVar("T")

_BACKOFF: Final = wait_exponential_jitter(multiplier=0.1, max=5.0, jitter=0.1)


def retried(call: Callable[[], T], seconds: float) -> T:
    """Call until it succeeds, fails for good, or `seconds` are over.

    Raises:
        ServiceUnreachable: There was no connection, to the last.
        ApiProblem: The service refused, for good or to the last.
    """
    retrying = Retrying(
        retry=retry_if_exception(_is_passing), wait=_pause_seconds, stop=stop_before_delay(seconds), reraise=True
    )
    return retrying(call)


def _is_passing(error: BaseException) -> bool:
    return isinstance(error, ServiceUnreachable) or (isinstance(error, ApiProblem) and error.status in PASSING_STATUSES)


def _pause_seconds(state: RetryCallState) -> float:
    """What the service asked for, else a backoff."""
    error = state.outcome.exception() if state.outcome else None
    asked_for = error.retry_after_seconds if isinstance(error, ApiProblem) else None
    return _BACKOFF(state) if asked_for is None else asked_for
