"""The store: whole files under keys, in a folder or in a bucket. `keys` names everything.

A file is there whole or not at all, and what was put stays put. What tasks and probes wait for has a time limit, and so
has every request to a bucket. Everything is asynchronous but what the threads of the api ask for: the probe and signed
URLs.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Self

import structlog
from obstore.exceptions import BaseError

from pixelmill.domain.errors import StoreUnavailable
from pixelmill.settings import StoreSettings
from pixelmill.store.keys import Kind, slot_key
from pixelmill.store.opening import open_place
from pixelmill.store.place import Method, Place, StoredFile
from pixelmill.store.probe import Probe

_log = structlog.get_logger()


class Store:
    """Whole files under keys. Every method raises `StoreUnavailable` when the store cannot be read or written."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._probe = Probe(place.probe, place.probe_holds_seconds)

    @classmethod
    def open(cls, settings: StoreSettings) -> Self:
        """Open the store of the settings; its folder is made when it is missing, its bucket is not.

        Raises:
            SettingsError: The URL names no store we know.
            StoreUnavailable: The folder cannot be made or written.
        """
        with _border("open"):
            return cls(open_place(settings))

    def probe_sync(self) -> None:
        """Write something small: the store works. Answers soon, whatever the store does."""
        with _border("probe"):
            self._probe.ask()

    async def probe(self) -> None:
        """As `probe_sync`."""
        with _border("probe"):
            await self._probe.ask_async()

    def sign(self, method: Method, key: str) -> str | None:
        """A URL that anyone may fetch a file from for a few minutes; None if the store is a folder."""
        with _border("sign"):
            return self._place.sign(method, key)

    async def put_files(self, files: Mapping[str, Path]) -> None:
        """Store copies of files under their keys; what is there already is replaced.

        All are durable when it returns; if it raises, each is whole or absent.
        """
        with _border("put"):
            await self._place.put(files)

    @property
    def receiving_folder(self) -> Path:
        """Where to write a file that is to be stored by `take_file`."""
        return self._place.receiving_folder

    async def take_file(self, key: str, path: Path) -> None:
        """Store a file of the receiving folder, which may be gone from there then; otherwise as `put_files`."""
        with _border("put"):
            await self._place.take(key, path)

    async def has_file(self, key: str) -> bool:
        """Whether a file is stored under a key."""
        with _border("look"):
            return await self._place.has(key)

    async def adopt_file(self, key: str, path: Path) -> None:
        """Store a file that nobody writes to any more, under a new key, at the least cost.

        It is whole or absent, and may be absent after a power cut: for what can be had again.
        """
        with _border("put"):
            await self._place.adopt(key, path)

    async def lend_file(self, key: str, path: Path) -> int:
        """Have a stored file at `path`, to be read only; returns its size in bytes.

        Raises:
            SourceNotFound: Nothing is stored under the key.
        """
        with _border("get"):
            return await self._place.lend(key, path)

    async def list_slots(self, kind: Kind) -> list[str]:
        """The slots that have files, oldest first."""
        with _border("list"):
            return sorted(await self._place.list_folders(kind))

    async def list_files(self, prefix: str) -> list[StoredFile]:
        """Every file under a prefix that is a folder, such as `keys.slot_key(...)`."""
        with _border("list"):
            return await self._place.list_files(prefix)

    async def delete(self, keys: Iterable[str]) -> None:
        """Remove files, and folders that become empty; a key that is not there is no error."""
        with _border("delete"):
            await self._place.delete(list(keys))

    async def prune_slot(self, kind: Kind, slot: str) -> None:
        """Remove the empty folders a killed process may have left in a slot. Files stay."""
        with _border("prune"):
            await self._place.prune(slot_key(kind, slot))

    async def delete_unfinished(self, older_than: timedelta) -> int:
        """Remove what killed processes left half written, if it is older; returns how many files went."""
        with _border("delete"):
            return await self._place.delete_unfinished(older_than)


@contextmanager
def _border(operation: str) -> Iterator[None]:
    """Turn what obstore and the file system raise into the catalogue's error; the log gets the cause."""
    try:
        yield
    except (BaseError, OSError) as error:  # a time-out is an OSError
        _log.error("store_failed", operation=operation, error=str(error).partition("\n")[0] or type(error).__name__)
        raise StoreUnavailable("The store cannot be read or written at the moment.") from error
