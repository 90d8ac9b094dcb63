"""The history as a stream of lines, in memory that does not grow with it."""

from collections.abc import Callable, Iterator
from typing import Final

from pixelmill.audit.trail import HistoryPage

PAGE_TASKS: Final = 500
"""Read at once: about half a megabyte. Each page is a question of its own, so that nothing is held in Postgres."""

MAX_EXPORTS: Final = 4
"""Each holds a thread as long as its reader takes."""


def exported(page_after: Callable[[str | None], HistoryPage]) -> Iterator[bytes]:
    """Lines of JSON, one for each task, many at once.

    Args:
        page_after: Reads a page, from after a cursor.

    Raises:
        TrailUnavailable: Postgres does not answer.
    """
    cursor: str | None = None
    while True:
        page = page_after(cursor)
        yield "".join(task.model_dump_json() + "\n" for task in page.tasks).encode()
        if page.next_cursor is None:
            return
        cursor = page.next_cursor
