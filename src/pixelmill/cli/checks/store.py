"""The store: can it be written, and is there room."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pixelmill.cli.checks.finding import Finding, ok, problem, warning
from pixelmill.domain.errors import PixelmillError
from pixelmill.domain.limits import MEBIBYTE
from pixelmill.settings import StoreSettings
from pixelmill.store.opening import folder_of
from pixelmill.store.store import Store

LITTLE_BYTES: Final = 1024 * MEBIBYTE
NO_ROOM_BYTES: Final = 100 * MEBIBYTE
"""Room for a handful of sources and results at most: tasks will fail within minutes."""

MAX_REASON_CHARACTERS: Final = 200
"""A bucket's library tells every attempt it has made."""

REPAIR_FOLDER: Final = "Make the folder writable for this user, or set PIXELMILL_STORE_URL."
REPAIR_BUCKET: Final = "Check the bucket, and AWS_ENDPOINT_URL, AWS_REGION and the credentials in the environment."
FREE_MORE: Final = "Free disk space, or shorten PIXELMILL_RESULT_LIFE_SECONDS."


def check(settings: StoreSettings | None, disk: Path) -> Iterator[Finding]:
    """Write and remove a file in the store, where there is one already; look at the room that is left.

    Args:
        settings: The store; None before the first `pixelmill up`, which makes it.
        disk: An existing folder on the disk where the store is then made.
    """
    if settings is not None:
        folder = folder_of(settings)
        try:
            Store.open(settings).probe_sync()
        except PixelmillError as error:
            says = f"{settings.url} cannot be written: {_first_line(error.__cause__)}"
            yield problem("store", says, REPAIR_FOLDER if folder else REPAIR_BUCKET)
            return
        yield ok("store", f"{settings.url} can be written")
        disk = folder or disk
    yield _room(shutil.disk_usage(disk).free)


def _first_line(cause: BaseException | None) -> str:
    return str(cause).strip().partition("\n")[0][:MAX_REASON_CHARACTERS]


def _room(free_bytes: int) -> Finding:
    says = f"{free_bytes // MEBIBYTE:,} MiB free"
    if free_bytes < NO_ROOM_BYTES:
        return problem("disk", says, FREE_MORE)
    return warning("disk", says, FREE_MORE) if free_bytes < LITTLE_BYTES else ok("disk", says)
