"""The store: whole files under keys, in a folder shared by api, worker, cleanup crew and nginx.

A file is there whole or not at all, and what was put survives a power cut: the call returns after the bytes, the name
and every new folder are on disk. `keys` names everything.

Which side needs what: the api (threads) puts uploads; the worker and the cleanup crew (asyncio) do the rest.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self

from pixelmill.settings import StoreSettings
from pixelmill.store.keys import Kind


@dataclass(frozen=True)
class StoredFile:
    """A file in the store."""

    key: str
    size_bytes: int
    modified_at: datetime


class Store:
    """Whole files under keys. Every method raises `StoreUnavailable` when the store cannot be read or written."""

    @classmethod
    def open(cls, settings: StoreSettings) -> Self:
        """Open the store of the settings; its folder is made when it is missing.

        Raises:
            SettingsError: The URL names no store we know.
            StoreUnavailable: The folder cannot be made or written.
        """
        raise NotImplementedError

    def put_file_sync(self, key: str, path: Path) -> None:
        """Store a copy of a file under a key, in constant memory; a file already there is replaced at once."""
        raise NotImplementedError

    def probe_sync(self) -> None:
        """Write, read and remove a small file: the store works."""
        raise NotImplementedError

    async def put_files(self, files: Mapping[str, Path]) -> None:
        """Store copies of files under their keys. All are durable when it returns; each is whole or absent if not."""
        raise NotImplementedError

    async def fetch_file(self, key: str, path: Path) -> int:
        """Copy a stored file to `path`; returns its size in bytes.

        Raises:
            SourceNotFound: Nothing is stored under the key.
        """
        raise NotImplementedError

    async def list_slots(self, kind: Kind) -> list[str]:
        """The slots that have files, oldest first."""
        raise NotImplementedError

    async def list_tasks(self, kind: Kind, slot: str) -> list[str]:
        """The ids of the tasks that have files in a slot."""
        raise NotImplementedError

    async def list_files(self, prefix: str) -> list[StoredFile]:
        """Every file under a prefix of whole parts, such as `keys.task_key(...)` (which may be the key itself)."""
        raise NotImplementedError

    async def delete(self, keys: Iterable[str]) -> None:
        """Remove files, and folders that become empty; a key that is not there is no error."""
        raise NotImplementedError

    async def prune_slot(self, kind: Kind, slot: str) -> None:
        """Remove the empty folders a killed process may have left in a slot. Files stay."""
        raise NotImplementedError

    async def delete_unfinished(self, older_than: timedelta) -> int:
        """Remove what killed processes left half written, if it is older; returns how many files went."""
        raise NotImplementedError

    async def probe(self) -> None:
        """As `probe_sync`."""
        raise NotImplementedError
