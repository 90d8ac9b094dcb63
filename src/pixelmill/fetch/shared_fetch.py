"""One download for all tasks of this process that want the same URL at the same time."""

import asyncio
import os
import uuid
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from pixelmill.domain.source_url import host_of
from pixelmill.fetch.download import Fetched
from pixelmill.fetch.host_turns import HostTurns
from pixelmill.fetch.received import Received, receiving


class Fetch(Protocol):
    """What does the downloads."""

    async def fetch(self, url: str, path: Path, *, refresh: bool) -> Fetched:
        """Get a source into a new file."""


@dataclass
class _Shared:
    wanted: tuple[str, bool]
    path: Path
    download: "asyncio.Task[Fetched]"
    received: Received
    waiters: int = 0


class SharedFetch:
    """Fetches, but never the same URL twice at a time.

    A download belongs to all who wait for it: it goes on while one of them does, and each gets a hard link to the file.

    Args:
        fetch: What does the downloads.
        turns: Has the seats of those who wait for one.
        folder: Where they are kept as long as somebody waits; on the same file system as every destination.
    """

    def __init__(self, fetch: Fetch, turns: HostTurns, folder: Path) -> None:
        self._fetch = fetch
        self._turns = turns
        self._folder = folder
        self._running: dict[tuple[str, bool], _Shared] = {}

    async def fetch(self, url: str, destination: Path, *, refresh: bool = False) -> Fetched:
        """Get a source into a new file; see `CachedFetch.fetch`."""
        shared = self._running.get((url, refresh))
        if shared is None:
            return await self._share(self._start(url, refresh=refresh), destination)
        with self._turns.seat(host_of(url)):
            return await self._share(shared, destination)

    def received(self, url: str, *, refresh: bool = False) -> Received | None:
        """What has come so far of a source that is fetched; None if it is not, or no more."""
        shared = self._running.get((url, refresh))
        return shared.received if shared else None

    async def _share(self, shared: _Shared, destination: Path) -> Fetched:
        shared.waiters += 1
        try:
            # Shielded: one task that is given up must not take the download from the others.
            fetched = await asyncio.shield(shared.download)
            os.link(fetched.path, destination)
            return replace(fetched, path=destination)
        finally:
            shared.waiters -= 1
            if not shared.waiters:
                await self._end(shared)

    def _start(self, url: str, *, refresh: bool) -> _Shared:
        path, received = self._folder / uuid.uuid4().hex, Received()
        download = asyncio.create_task(self._download(url, path, received, refresh=refresh))
        shared = self._running[url, refresh] = _Shared((url, refresh), path, download, received)
        return shared

    async def _download(self, url: str, path: Path, received: Received, *, refresh: bool) -> Fetched:
        receiving.set(received)
        return await self._fetch.fetch(url, path, refresh=refresh)

    async def _end(self, shared: _Shared) -> None:
        del self._running[shared.wanted]
        shared.download.cancel()
        await asyncio.gather(shared.download, return_exceptions=True)
        shared.path.unlink(missing_ok=True)
