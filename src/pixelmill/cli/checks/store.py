"""The store: can it be written, and is there room."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from pixelmill.cli.checks.finding import Finding, ok, problem, warning
from pixelmill.domain.errors import PixelmillError
from pixelmill.domain.limits import MEBIBYTE
from pixelmill.settings import StoreSettings
from pixelmill.store.store import Store

LITTLE_BYTES: Final = 1024 * MEBIBYTE
NO_ROOM_BYTES: Final = 100 * MEBIBYTE
"""Room for a handful of sources and results at most: tasks will fail within minutes."""

FREE_MORE: Final = "Free disk space, or shorten PIXELMILL_RESULT_LIFE_SECONDS."


def check(settings: StoreSettings | None, disk: Path) -> Iterator[Finding]:
    """Write and remove a file in the store, where there is one already; look at the room that is left.

    Args:
        settings: The store; None before the first `pixelmill up`, which makes it.
        disk: An existing folder on the disk where the store is then made.
    """
    if settings is not None:
        try:
            Store.open(settings).probe_sync()
        except PixelmillError:
            repair = "Make the folder writable for this user, or set PIXELMILL_STORE_URL."
            yield problem("store", f"{settings.url} cannot be written", repair)
            return
        yield ok("store", f"{settings.url} can be written")
        disk = Path(unquote(urlsplit(settings.url).path))
    yield _room(shutil.disk_usage(disk).free)


def _room(free_bytes: int) -> Finding:
    says = f"{free_bytes // MEBIBYTE:,} MiB free"
    if free_bytes < NO_ROOM_BYTES:
        return problem("disk", says, FREE_MORE)
    return warning("disk", says, FREE_MORE) if free_bytes < LITTLE_BYTES else ok("disk", says)
