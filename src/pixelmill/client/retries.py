"""Trying again what may succeed soon. Every call may be repeated: each does once what it does."""

from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

from tenacity import (
    AsyncRetrying,
    RetryCallState,
    Retrying,
    retry_if_exception,
    stop_before_delay,
    wait_exponential_jitter,
)

from pixelmill.client.problems import PASSING_STATUSES, ApiProblem, ServiceUnreachable

T = TypeVar("T")

PASSING_CODES: Final = frozenset({"idempotency_key_in_use"})
"""Problems of other statuses after which the same call may soon succeed."""

_BACKOFF: Final = wait_exponential_jitter(multiplier=0.1, max=5.0, jitter=0.1)


def retried(call: Callable[[], T], seconds: float) -> T:
    """Call until it succeeds, fails for good, or `seconds` are over.

    Raises:
        ServiceUnreachable: There was no connection, to the last.
        ApiProblem: The service refused, for good or to the last.
    """
    return Retrying(**_options(seconds))(call)


async def retried_async(call: Callable[[], Awaitable[T]], seconds: float) -> T:
    """As `retried`, for a call that is awaited."""
    return await AsyncRetrying(**_options(seconds))(call)


def _options(seconds: float) -> dict[str, Any]:
    return {
        "retry": retry_if_exception(_is_passing),
        "wait": _pause_seconds,
        "stop": stop_before_delay(seconds),
        "reraise": True,
    }


def _is_passing(error: BaseException) -> bool:
    if isinstance(error, ApiProblem):
        return error.status in PASSING_STATUSES or error.code in PASSING_CODES
    return isinstance(error, ServiceUnreachable)


def _pause_seconds(state: RetryCallState) -> float:
    """What the service asked for, else a backoff."""
    error = state.outcome.exception() if state.outcome else None
    asked_for = error.retry_after_seconds if isinstance(error, ApiProblem) else None
    return _BACKOFF(state) if asked_for is None else asked_for
