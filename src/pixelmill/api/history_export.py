"""The history as a stream of lines, in memory that does not grow with it."""

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Final

from pixelmill.api.seats import MAX_EXPORTS, Seats
from pixelmill.audit.trail import Trail
from pixelmill.audit.wanted import Wanted
from pixelmill.domain.errors import ServiceUnavailable, TooManyExports

PAGE_TASKS: Final = 500
"""Read at once: about half a megabyte. Each page is a question of its own, so that nothing is held in Postgres."""


class Exports:
    """Every export that runs.

    Args:
        trail: Has the tasks.
    """

    def __init__(self, trail: Trail) -> None:
        self._trail = trail
        self._seats = Seats(MAX_EXPORTS, TooManyExports)
        self._is_ending = threading.Event()

    def seat(self) -> AbstractContextManager[None]:
        """Take the place of an export, for as long as the context lasts. Raises `TooManyExports`."""
        return self._seats.taken()

    def lines(self, wanted: Wanted) -> Iterator[bytes]:
        """Lines of JSON, one for each task, many at once.

        Raises:
            TrailUnavailable: Postgres does not answer.
            ServiceUnavailable: The process is about to end.
        """
        cursor: str | None = None
        while not self._is_ending.is_set():
            page = self._trail.history(wanted, cursor=cursor, limit=PAGE_TASKS)
            yield "".join(task.model_dump_json() + "\n" for task in page.tasks).encode()
            if page.next_cursor is None:
                return
            cursor = page.next_cursor
        raise ServiceUnavailable("The service is restarting; export again.")

    def end_all(self) -> None:
        """Let none go on, and none begin: the process is about to end."""
        self._is_ending.set()
