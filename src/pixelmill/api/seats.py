"""So many at once: what comes when all seats are taken waits a moment, then is refused."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from pixelmill.domain.errors import TooManyUploads

PATIENCE_SECONDS: Final = 0.5
"""A burst passes in it: receiving and storing an upload takes some 50 ms. It holds a thread meanwhile."""

RETRY_AFTER_SECONDS: Final = 2


class UploadSeats:
    """Bounds how many uploads are received and stored at once: their threads, their memory, their files.

    Args:
        count: How many.
    """

    def __init__(self, count: int) -> None:
        self._seats = threading.BoundedSemaphore(count)

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Take a seat for as long as the context lasts.

        Raises:
            TooManyUploads: None became free.
        """
        if not self._seats.acquire(timeout=PATIENCE_SECONDS):
            raise TooManyUploads(retry_after_seconds=RETRY_AFTER_SECONDS)
        try:
            yield
        finally:
            self._seats.release()
