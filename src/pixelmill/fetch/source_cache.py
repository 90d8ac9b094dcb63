"""What is kept of sources that were fetched: in the store, for other sizes of them."""

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from pixelmill.domain.errors import StoreUnavailable
from pixelmill.fetch.download import Answer, Fetched
from pixelmill.fetch.freshness import dated, is_fresh, may_be_kept
from pixelmill.fetch.kept_source import KeptSource
from pixelmill.fetch.source_index import ENTRY_BYTES, SourceIndex
from pixelmill.settings import FetchSettings


class Shelf(Protocol):
    """Where the files are: what the cache needs of the store. Methods raise `StoreUnavailable`."""

    async def put(self, source_id: str, path: Path) -> str:
        """Keep a source, which nobody writes to any more, under a name never used before; returns its key."""

    async def take(self, key: str, path: Path) -> int | None:
        """Have a source at `path`, to be read only; returns its size in bytes, or None if it is gone."""

    async def remove(self, keys: Iterable[str]) -> None:
        """Remove sources; one that is gone is no error."""


class SourceCache:
    """Keeps sources, and gives them back.

    Args:
        shelf: Has the files.
        index: Has the entries.
        settings: How much is kept, and for how long.
    """

    def __init__(self, shelf: Shelf, index: SourceIndex, settings: FetchSettings) -> None:
        self._shelf = shelf
        self._index = index
        self._max_bytes = settings.cache_bytes
        self._life_seconds = settings.cache_life_seconds

    def may_answer(self, kept: KeptSource) -> bool:
        """Whether a source may be used without asking its origin."""
        return time.time() < kept.checked_at + self._life_seconds and is_fresh(kept)

    async def take(self, kept: KeptSource, path: Path) -> Fetched | None:
        """Copy a source into a new file; None if it is gone."""
        try:
            size_bytes = await self._shelf.take(kept.key, path)
        except StoreUnavailable:
            size_bytes = None
        if size_bytes == kept.size_bytes:
            return Fetched(path, size_bytes, kept.sha256, kept.format)
        _remove(path)
        return None

    def entry_for(self, download: str, fetched: Fetched, answer: Answer) -> KeptSource | None:
        """What would be kept of a source that has just come; None if that is not allowed, or it is too large.

        Args:
            download: What brought it.
            fetched: Its file.
            answer: What its origin said.
        """
        headers = dated(answer.headers)
        if fetched.size_bytes + ENTRY_BYTES > self._max_bytes or not may_be_kept(answer.url, headers):
            return None
        return KeptSource(
            key="",
            download=download,
            url=answer.url,
            headers=headers,
            checked_at=time.time(),
            size_bytes=fetched.size_bytes,
            sha256=fetched.sha256,
            format=fetched.format,
        )

    async def keep(self, source_id: str, entry: KeptSource, path: Path) -> None:
        """Keep a copy of a source.

        Raises:
            StoreUnavailable: It cannot be kept.
            RedisError: It cannot be entered.
        """
        key = await self._shelf.put(source_id, path)
        await self.enter(source_id, entry.model_copy(update={"key": key}))

    async def enter(self, source_id: str, kept: KeptSource) -> None:
        """Enter what is kept, or what its origin says of it now; what gets too much goes. Raises as `keep`."""
        await self._shelf.remove(await self._index.keep(source_id, kept))


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
