"""The fetching parts of several workers in one process: each with its own connections, on one Redis and one store."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from pixelmill.fetch.bucket_fetcher import BucketFetcher
from pixelmill.fetch.cached_fetch import CachedFetch
from pixelmill.fetch.fetcher import Fetcher
from pixelmill.fetch.host_turns import HostTurns
from pixelmill.fetch.origins import Origins
from pixelmill.fetch.shared_fetch import SharedFetch
from pixelmill.fetch.source_cache import SourceCache
from pixelmill.fetch.source_index import SourceIndex
from pixelmill.queue.connection import connect_for_requests
from pixelmill.settings import FetchSettings, StoreSettings
from pixelmill.store.keys import Kind
from pixelmill.store.source_buckets import SourceBuckets
from pixelmill.store.source_shelf import SourceShelf
from pixelmill.store.store import Store
from tests.support.wait import wait_until_async


@dataclass
class FetchCluster:
    """Makes workers' fetching parts, and shows what they share. `folder` has the store."""

    settings: FetchSettings
    redis_url: str
    store: Store
    folder: Path
    parts: AsyncExitStack
    failure_seconds: int = 60
    _made: int = 0

    async def worker(self, *, seats: int = 8, **changes: object) -> SharedFetch:
        """One more worker; with other settings if some are named."""
        self._made += 1
        downloads = self.folder / f"downloads-{self._made}"
        downloads.mkdir()
        settings = self.settings.model_copy(update=changes)
        redis = connect_for_requests(self.redis_url)
        self.parts.push_async_callback(redis.aclose)
        turns = HostTurns(settings.host_concurrency, seats)
        fetcher = await self.parts.enter_async_context(Fetcher(settings))
        index = SourceIndex(redis, settings.cache_bytes)
        cache = SourceCache(SourceShelf(self.store), index, settings)
        origins = Origins(fetcher, BucketFetcher(settings, SourceBuckets(settings)))
        cached = CachedFetch(origins, index, cache, turns, self.failure_seconds)
        return SharedFetch(await self.parts.enter_async_context(cached), turns, downloads)

    async def index(self) -> SourceIndex:
        redis = connect_for_requests(self.redis_url)
        self.parts.push_async_callback(redis.aclose)
        return SourceIndex(redis, self.settings.cache_bytes)

    async def kept_files(self) -> list[Path]:
        """What lies in the store of sources, once everything that was fetched is kept and released."""

        async def is_settled() -> bool:
            redis = connect_for_requests(self.redis_url)
            try:
                return not await redis.keys("pixelmill:sources:lease:*")
            finally:
                await redis.aclose()

        await wait_until_async(is_settled)
        return sorted((self.folder / "store" / Kind.SOURCES).rglob("*.*"))

    def new_path(self) -> Path:
        """Where a task may have its source."""
        self._made += 1
        return self.folder / f"source-{self._made}"


@asynccontextmanager
async def fetch_cluster(settings: FetchSettings, redis_url: str, folder: Path) -> AsyncIterator[FetchCluster]:
    """A cluster without workers yet; those made end with it."""
    store = Store.open(StoreSettings(url=(folder / "store").as_uri()))
    async with AsyncExitStack() as parts:
        yield FetchCluster(settings, redis_url, store, folder, parts)
