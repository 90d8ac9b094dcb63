"""The store: whole files under keys, in a folder shared by api, worker, cleanup crew and nginx.

A file is there whole or not at all, and what was put survives a power cut: the call returns after the bytes, the name
and every new folder are on disk. `keys` names everything.

Everything is asynchronous but the probe, which the threads of the api ask for as well.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from contextvars import copy_context
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Self, TypeVar
from urllib.parse import unquote, urlsplit

import obstore
import structlog
from obstore.exceptions import BaseError
from obstore.store import LocalStore

from pixelmill.domain.errors import SourceNotFound, StoreUnavailable
from pixelmill.domain.limits import MEBIBYTE
from pixelmill.settings import SettingsError, StoreSettings, environment_name
from pixelmill.store.folder import Folder
from pixelmill.store.keys import Kind, slot_key

CHUNK_BYTES: Final = MEBIBYTE
THREADS: Final = 8
"""Threads that wait for the disk on behalf of one event loop. The loop's default ones may all be waiting for DNS."""

T = TypeVar("T")
_log = structlog.get_logger()


@dataclass(frozen=True)
class StoredFile:
    """A file in the store."""

    key: str
    size_bytes: int
    modified_at: datetime


class Store:
    """Whole files under keys. Every method raises `StoreUnavailable` when the store cannot be read or written."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._objects = LocalStore(folder.root, automatic_cleanup=True)
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="store")

    @classmethod
    def open(cls, settings: StoreSettings) -> Self:
        """Open the store of the settings; its folder is made when it is missing.

        Raises:
            SettingsError: The URL names no store we know.
            StoreUnavailable: The folder cannot be made or written.
        """
        root = _folder_of(settings)
        with _border("open"):
            return cls(Folder(root))

    def probe_sync(self) -> None:
        """Write, sync and remove a small file: the store works."""
        with _border("probe"):
            self._folder.probe()

    async def put_files(self, files: Mapping[str, Path]) -> None:
        """Store copies of files under their keys, in constant memory; what is there already is replaced.

        All are durable when it returns; if it raises, each is whole or absent.
        """
        await self._in_thread(lambda: self._put(files))

    async def fetch_file(self, key: str, path: Path) -> int:
        """Copy a stored file to `path`; returns its size in bytes.

        Raises:
            SourceNotFound: Nothing is stored under the key.
        """
        return await self._in_thread(lambda: self._get(key, path))

    async def list_slots(self, kind: Kind) -> list[str]:
        """The slots that have files, oldest first."""
        return sorted(await self._in_thread(lambda: self._slots(kind)))

    async def list_files(self, prefix: str) -> list[StoredFile]:
        """Every file under a prefix that is a folder, such as `keys.slot_key(...)`."""
        return await self._in_thread(lambda: self._files(prefix))

    async def delete(self, keys: Iterable[str]) -> None:
        """Remove files, and folders that become empty; a key that is not there is no error."""
        await self._in_thread(lambda: self._delete(keys))

    async def prune_slot(self, kind: Kind, slot: str) -> None:
        """Remove the empty folders a killed process may have left in a slot. Files stay."""
        await self._in_thread(lambda: self._folder.prune(slot_key(kind, slot)))

    async def delete_unfinished(self, older_than: timedelta) -> int:
        """Remove what killed processes left half written, if it is older; returns how many files went."""
        return await self._in_thread(lambda: self._folder.delete_unfinished(older_than))

    async def probe(self) -> None:
        """As `probe_sync`."""
        await self._in_thread(self.probe_sync)

    async def _in_thread(self, call: Callable[[], T]) -> T:
        # What is logged over there belongs to the task that is logged about here.
        context = copy_context()
        return await asyncio.get_running_loop().run_in_executor(self._threads, context.run, call)

    def _put(self, files: Mapping[str, Path]) -> None:
        staged = {self._folder.staging_key(): key for key in files}
        with _border("put"):
            try:
                for staging_key, key in staged.items():
                    obstore.put(self._objects, staging_key, files[key], chunk_size=CHUNK_BYTES, max_concurrency=1)
                self._folder.publish(staged)
            except BaseException:
                self._folder.discard(staged)
                raise

    def _get(self, key: str, path: Path) -> int:
        with _border("get"):
            try:
                found = obstore.get(self._objects, key)
            except FileNotFoundError as error:
                raise SourceNotFound("The uploaded image is no longer kept; please send it again.") from error
            with path.open("wb") as file:
                return sum(file.write(chunk) for chunk in found.stream(CHUNK_BYTES))

    def _slots(self, kind: Kind) -> list[str]:
        with _border("list"):
            listed = obstore.list_with_delimiter(self._objects, kind)
        return [path.rpartition("/")[2] for path in listed["common_prefixes"]]

    def _files(self, prefix: str) -> list[StoredFile]:
        with _border("list"):
            listed = obstore.list(self._objects, prefix).collect()
        return [StoredFile(entry["path"], entry["size"], entry["last_modified"]) for entry in listed]

    def _delete(self, keys: Iterable[str]) -> None:
        with _border("delete"):
            for key in keys:
                with suppress(FileNotFoundError):
                    obstore.delete(self._objects, key)


def _folder_of(settings: StoreSettings) -> Path:
    url = urlsplit(settings.url)
    path = Path(unquote(url.path))
    if url.scheme != "file" or url.netloc not in {"", "localhost"} or not path.is_absolute():
        name = environment_name(StoreSettings, "url")
        raise SettingsError(f"{name}: expected file:///absolute/folder, received {settings.url!r}")
    return path


@contextmanager
def _border(operation: str) -> Iterator[None]:
    """Turn what obstore and the file system raise into the catalogue's error; the log gets the cause."""
    try:
        yield
    except (BaseError, OSError) as error:
        _log.error("store_failed", operation=operation, error=str(error).partition("\n")[0])
        raise StoreUnavailable("The store cannot be read or written at the moment.") from error
