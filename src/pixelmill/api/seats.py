"""So many at once: what comes when all seats are taken waits a moment, then is refused."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from pixelmill.domain.errors import PixelmillError

PATIENCE_SECONDS: Final = 0.5
"""A burst of uploads passes in it: receiving and storing one takes some 50 ms. It holds a thread meanwhile."""

RETRY_AFTER_SECONDS: Final = 2

MAX_EXPORTS: Final = 4
"""Of the history; each holds a thread as long as its reader takes."""


class Seats:
    """Bounds how many requests of a kind are answered at once: their threads, their memory, their files.

    Args:
        count: How many.
        refusal: What is raised when none becomes free.
    """

    def __init__(self, count: int, refusal: type[PixelmillError]) -> None:
        self._seats = threading.BoundedSemaphore(count)
        self._refusal = refusal

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Take a seat for as long as the context lasts.

        Raises:
            PixelmillError: None became free.
        """
        if not self._seats.acquire(timeout=PATIENCE_SECONDS):
            raise self._refusal(retry_after_seconds=RETRY_AFTER_SECONDS)
        try:
            yield
        finally:
            self._seats.release()
