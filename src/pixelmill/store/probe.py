"""Asking whether the store works, at a bounded cost in time and in writes, however often and by however many."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from time import monotonic
from typing import Final

ANSWER_SECONDS: Final = 3.0
"""How long who asks is kept waiting; whoever asks for health gives up after four or five seconds."""


class Probe:
    """Runs a check one at a time: who asks while it runs waits for its answer, and so does nobody for long.

    Args:
        check: Raises if the store does not work. It may hang.
        holds_seconds: How long an answer is given again.
    """

    def __init__(self, check: Callable[[], None], holds_seconds: float) -> None:
        self._check = check
        self._holds_seconds = holds_seconds
        # A thread of its own: when the store hangs, so do all those that use it.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store-probe")
        self._lock = Lock()
        self._answer: Future[None] | None = None
        self._asked_at = 0.0

    def ask(self) -> None:
        """Raise what the check raises.

        Raises:
            TimeoutError: It has not answered in time.
        """
        self._current().result(ANSWER_SECONDS)

    async def ask_async(self) -> None:
        """As `ask`, for an event loop."""
        answer = asyncio.wrap_future(self._current())
        # Not `wait_for`, which would cancel the check for others who wait; so whoever gave up still takes the answer.
        answer.add_done_callback(lambda late: late.cancelled() or late.exception())
        done, _ = await asyncio.wait({answer}, timeout=ANSWER_SECONDS)
        if not done:
            raise TimeoutError
        answer.result()

    def _current(self) -> Future[None]:
        with self._lock:
            if self._answer is None or (self._answer.done() and self._is_stale()):
                self._asked_at = monotonic()
                self._answer = self._thread.submit(self._check)
            return self._answer

    def _is_stale(self) -> bool:
        return monotonic() - self._asked_at >= self._holds_seconds
