"""A place that counts what is asked of it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from pixelmill.store.place import Method, Place, StoredFile


class CountingPlace:
    """Passes everything on to another place.

    Attributes:
        counts: Calls by their name; `listed` and `deleted` count files, `named` folders.
    """

    def __init__(self, place: Place) -> None:
        self._place = place
        self.probe_holds_seconds = place.probe_holds_seconds
        self.receiving_folder = place.receiving_folder
        self.counts: Counter[str] = Counter()

    @property
    def calls(self) -> int:
        """All calls, whatever they were."""
        return sum(count for name, count in self.counts.items() if name not in {"listed", "deleted", "named"})

    async def put(self, files: Mapping[str, Path]) -> None:
        self.counts["put"] += 1
        await self._place.put(files)

    async def adopt(self, key: str, path: Path) -> None:
        self.counts["adopt"] += 1
        await self._place.adopt(key, path)

    async def take(self, key: str, path: Path) -> None:
        self.counts["take"] += 1
        await self._place.take(key, path)

    async def has(self, key: str) -> bool:
        self.counts["has"] += 1
        return await self._place.has(key)

    async def lend(self, key: str, path: Path) -> int:
        self.counts["lend"] += 1
        return await self._place.lend(key, path)

    async def list_folders(self, prefix: str) -> list[str]:
        folders = await self._place.list_folders(prefix)
        self.counts.update(list_folders=1, named=len(folders))
        return folders

    async def list_files(self, prefix: str) -> list[StoredFile]:
        files = await self._place.list_files(prefix)
        self.counts.update(list_files=1, listed=len(files))
        return files

    async def delete(self, keys: Sequence[str]) -> None:
        self.counts.update(delete=1, deleted=len(keys))
        await self._place.delete(keys)

    async def prune(self, prefix: str) -> None:
        self.counts["prune"] += 1
        await self._place.prune(prefix)

    async def delete_unfinished(self, older_than: timedelta) -> int:
        self.counts["delete_unfinished"] += 1
        return await self._place.delete_unfinished(older_than)

    def probe(self) -> None:
        self.counts["probe"] += 1
        self._place.probe()

    def sign(self, method: Method, key: str) -> str | None:
        self.counts["sign"] += 1
        return self._place.sign(method, key)
