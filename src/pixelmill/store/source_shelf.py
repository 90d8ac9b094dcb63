"""The store as the cache of sources uses it: files that may be gone, and whose loss costs a download."""

import secrets
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pixelmill.domain.errors import SourceNotFound
from pixelmill.store.keys import slot_of, source_key
from pixelmill.store.store import Store

_DOWNLOAD_ID_BYTES: Final = 8


class SourceShelf:
    """Fetched sources in the store. Every method raises `StoreUnavailable` when that cannot be read or written."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def put(self, source_id: str, path: Path) -> str:
        """Keep a source, which nobody writes to any more, under a name never used before; returns its key."""
        key = source_key(slot_of(datetime.now(UTC)), source_id, secrets.token_hex(_DOWNLOAD_ID_BYTES))
        await self._store.adopt_file(key, path)
        return key

    async def take(self, key: str, path: Path) -> int | None:
        """Have a source at `path`, to be read only; returns its size in bytes, or None if it is gone."""
        try:
            return await self._store.lend_file(key, path)
        except SourceNotFound:
            return None

    async def remove(self, keys: Iterable[str]) -> None:
        """Remove sources; one that is gone is no error."""
        await self._store.delete(keys)
