"""Wait for a condition instead of sleeping: tests stay as fast as what they wait for."""

import asyncio
import time
from collections.abc import Awaitable, Callable

POLL_SECONDS = 0.02


def wait_until(condition: Callable[[], object], timeout_seconds: float = 10.0) -> None:
    """Block until `condition()` is true.

    Raises:
        AssertionError: If it is still false after `timeout_seconds`.
    """
    deadline = time.monotonic() + timeout_seconds
    while not condition():
        assert time.monotonic() < deadline, _complaint(condition, timeout_seconds)
        time.sleep(POLL_SECONDS)


async def wait_until_async(condition: Callable[[], Awaitable[object]], timeout_seconds: float = 10.0) -> None:
    """Await until `await condition()` is true, leaving the event loop free in between.

    Raises:
        AssertionError: If it is still false after `timeout_seconds`.
    """
    deadline = time.monotonic() + timeout_seconds
    while not await condition():
        assert time.monotonic() < deadline, _complaint(condition, timeout_seconds)
        await asyncio.sleep(POLL_SECONDS)


def _complaint(condition: Callable[[], object], timeout_seconds: float) -> str:
    name = getattr(condition, "__qualname__", repr(condition))
    return f"{name} was not true within {timeout_seconds} s"
