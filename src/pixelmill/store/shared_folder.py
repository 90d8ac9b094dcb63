"""A place on disk: a folder shared by api, worker, cleanup crew and nginx.

What was put survives a power cut: the call returns after the bytes, the name and every new folder are on disk.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import timedelta
from pathlib import Path
from typing import Final, TypeVar

import obstore
from obstore.store import LocalStore

from pixelmill.domain.errors import SourceNotFound
from pixelmill.domain.limits import MEBIBYTE
from pixelmill.store.folder import UNFINISHED, Folder
from pixelmill.store.keys import Kind
from pixelmill.store.place import NO_LONGER_KEPT, Method, StoredFile

CHUNK_BYTES: Final = MEBIBYTE
THREADS: Final = 8
"""Threads that wait for the disk on behalf of one event loop. The loop's default ones may all be waiting for DNS."""

MOVE_SECONDS: Final = 60.0
"""How long the files of a task may take to be written or read: a disk that takes longer (a network's) hangs."""

T = TypeVar("T")


class SharedFolder:
    """A `Place` on disk.

    Args:
        root: Absolute path; made when it is missing, with a folder for each kind of file. Those are never removed:
            one may be where nginx or a container looks.

    Raises:
        OSError: It cannot be made or written.
    """

    probe_holds_seconds = 0.0

    def __init__(self, root: Path) -> None:
        self._folder = Folder(root, [kind.value for kind in Kind])
        self.receiving_folder = root / UNFINISHED
        self._objects = LocalStore(root)
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="store")

    async def put(self, files: Mapping[str, Path]) -> None:
        """See `Place`; in constant memory."""
        async with asyncio.timeout(MOVE_SECONDS):
            await self._in_thread(lambda: self._put(files))

    async def take(self, key: str, path: Path) -> None:
        """See `Place`; the file is moved."""
        async with asyncio.timeout(MOVE_SECONDS):
            await self._in_thread(lambda: self._folder.publish({f"{UNFINISHED}/{path.name}": key}))

    async def has(self, key: str) -> bool:
        """See `Place`."""
        async with asyncio.timeout(MOVE_SECONDS):
            return await self._in_thread((self._folder.root / key).is_file)

    async def adopt(self, key: str, path: Path) -> None:
        """See `Place`; no byte is copied on one file system."""
        async with asyncio.timeout(MOVE_SECONDS):
            await self._in_thread(lambda: self._adopt(key, path))

    async def lend(self, key: str, path: Path) -> int:
        """See `Place`; no byte is copied on one file system."""
        async with asyncio.timeout(MOVE_SECONDS):
            return await self._in_thread(lambda: self._lend(key, path))

    async def list_folders(self, prefix: str) -> list[str]:
        """See `Place`."""
        listed = await self._in_thread(lambda: obstore.list_with_delimiter(self._objects, prefix))
        return [path.rpartition("/")[2] for path in listed["common_prefixes"]]

    async def list_files(self, prefix: str) -> list[StoredFile]:
        """See `Place`."""
        listed = await self._in_thread(lambda: obstore.list(self._objects, prefix).collect())
        return [StoredFile(entry["path"], entry["size"], entry["last_modified"]) for entry in listed]

    async def delete(self, keys: Sequence[str]) -> None:
        """See `Place`; folders that become empty go as well."""
        await self._in_thread(lambda: self._delete(keys))

    async def prune(self, prefix: str) -> None:
        """See `Place`: the empty folders a killed process may have left."""
        await self._in_thread(lambda: self._folder.prune(prefix))

    async def delete_unfinished(self, older_than: timedelta) -> int:
        """See `Place`."""
        return await self._in_thread(lambda: self._folder.delete_unfinished(older_than))

    def probe(self) -> None:
        """Write a small file through to the disk and remove it."""
        self._folder.probe()

    def sign(self, method: Method, key: str) -> None:  # noqa: ARG002 - part of a `Place`
        """See `Place`: nginx serves the folder itself."""
        return

    async def _in_thread(self, call: Callable[[], T]) -> T:
        # What is logged over there belongs to the task that is logged about here.
        context = copy_context()
        return await asyncio.get_running_loop().run_in_executor(self._threads, context.run, call)

    def _put(self, files: Mapping[str, Path]) -> None:
        staged = {self._folder.staging_key(): key for key in files}
        try:
            for staging_key, key in staged.items():
                obstore.put(self._objects, staging_key, files[key], chunk_size=CHUNK_BYTES, max_concurrency=1)
            self._folder.publish(staged)
        except BaseException:
            self._folder.discard(staged)
            raise

    def _copy_out(self, key: str, path: Path) -> int:
        found = obstore.get(self._objects, key)
        with path.open("wb") as file:
            return sum(file.write(chunk) for chunk in found.stream(CHUNK_BYTES))

    def _adopt(self, key: str, path: Path) -> None:
        if not self._folder.link_in(path, key):
            self._put({key: path})

    def _lend(self, key: str, path: Path) -> int:
        try:
            return path.stat().st_size if self._folder.link_out(key, path) else self._copy_out(key, path)
        except FileNotFoundError as error:
            raise SourceNotFound(NO_LONGER_KEPT) from error

    def _delete(self, keys: Sequence[str]) -> None:
        self._folder.discard(keys)
        self._folder.remove_emptied(keys)
