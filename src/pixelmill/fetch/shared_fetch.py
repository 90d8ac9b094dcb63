"""One download for all tasks of this process that want the same URL at the same time."""

import asyncio
import os
import uuid
from dataclasses import dataclass, replace
from pathlib import Path

from pixelmill.fetch.download import Fetched
from pixelmill.fetch.fetcher import Fetcher


@dataclass
class _Shared:
    path: Path
    download: "asyncio.Task[Fetched]"
    waiters: int = 0


class SharedFetch:
    """Fetches like `Fetcher`, but never the same URL twice at a time.

    A download belongs to all who wait for it: it goes on while one of them does, and each gets a hard link to the file.

    Args:
        fetcher: What does the downloads.
        folder: Where they are kept as long as somebody waits; on the same file system as every destination.
    """

    def __init__(self, fetcher: Fetcher, folder: Path) -> None:
        self._fetcher = fetcher
        self._folder = folder
        self._running: dict[str, _Shared] = {}

    async def fetch(self, url: str, destination: Path) -> Fetched:
        """As `Fetcher.fetch`."""
        shared = self._running.get(url) or self._start(url)
        shared.waiters += 1
        try:
            # Shielded: one task that is given up must not take the download from the others.
            fetched = await asyncio.shield(shared.download)
            os.link(fetched.path, destination)
            return replace(fetched, path=destination)
        finally:
            shared.waiters -= 1
            if not shared.waiters:
                await self._end(url, shared)

    def _start(self, url: str) -> _Shared:
        path = self._folder / uuid.uuid4().hex
        shared = _Shared(path, asyncio.create_task(self._fetcher.fetch(url, path)))
        self._running[url] = shared
        return shared

    async def _end(self, url: str, shared: _Shared) -> None:
        del self._running[url]
        shared.download.cancel()
        await asyncio.gather(shared.download, return_exceptions=True)
        shared.path.unlink(missing_ok=True)
