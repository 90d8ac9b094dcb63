"""Sources from the cache, and into it: one download of a source at a time in the whole cluster.

Whoever looks for a source that is not there, or not fresh, takes its lease and downloads it. Others wait and then use
what came, even if its origin lets nobody use it for longer than that. Without Redis, sources are simply downloaded.
"""

import asyncio
import os
import random
import secrets
from collections.abc import Coroutine
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import structlog

from pixelmill.domain.errors import PixelmillError, StoreUnavailable, error_of
from pixelmill.domain.source_url import host_of
from pixelmill.fetch.download import Fetched
from pixelmill.fetch.fetcher import Condition
from pixelmill.fetch.freshness import conditions, freshened, may_be_used_again
from pixelmill.fetch.host_turns import HostTurns
from pixelmill.fetch.kept_source import KeptSource, source_id_of
from pixelmill.fetch.origins import Origins
from pixelmill.fetch.source_cache import SourceCache
from pixelmill.fetch.source_index import UNANSWERED, Look, SourceIndex
from pixelmill.fetch.source_lease import SourceLease
from pixelmill.telemetry import metrics

LOOK_AGAIN_SECONDS: Final = 0.2
"""Mean pause of those who wait for a download of another worker."""

CLOSE_SECONDS: Final = 5.0
"""How long sources that were just fetched may take to be kept when the worker stops."""

_log = structlog.get_logger()


@dataclass
class _Errand:
    """One call of `CachedFetch.fetch`.

    Attributes:
        download: Names the download it may lead to.
        awaited: The downloads of others it has waited for.
        renewed: What is kept, with what its origin says of it now.
    """

    url: str
    path: Path
    refresh: bool
    download: str = field(default_factory=lambda: secrets.token_hex(8))
    awaited: set[str] = field(default_factory=set)
    renewed: KeptSource | None = None

    def __post_init__(self) -> None:
        self.source_id = source_id_of(self.url)
        self.host = host_of(self.url)


class CachedFetch:
    """Fetches sources through the cache. Use as an asynchronous context manager.

    Args:
        origins: Where downloads come from.
        index: Tells what is kept, and who downloads what.
        cache: Keeps sources.
        turns: Whose turn it is to download from a host.
        failure_seconds: How long a lasting failure answers for a source.
    """

    def __init__(
        self, origins: Origins, index: SourceIndex, cache: SourceCache, turns: HostTurns, failure_seconds: int
    ) -> None:
        self._origins = origins
        self._index = index
        self._cache = cache
        self._turns = turns
        self._failure_seconds = failure_seconds
        self._ending: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._ending:
            await asyncio.wait(self._ending, timeout=CLOSE_SECONDS)

    async def fetch(self, url: str, path: Path, *, refresh: bool = False) -> Fetched:
        """Get a source into a new file.

        Args:
            url: Normalized.
            path: The file; another one may lie beside it for a moment.
            refresh: Ask the origin, however fresh what is kept is.

        Raises:
            PixelmillError: As `Fetcher.fetch`; also when a download by another worker failed just now.
            Postponed: It would have to wait, and too many do.
        """
        errand = _Errand(url, path, refresh)
        try:
            look = await self._look(errand)
        except UNANSWERED as error:
            _log.warning("source_cache_unavailable", error=type(error).__name__)
            return await self._download(errand)
        if look.downloader is None:
            return await self._lead(errand, look)
        return await self._answer(errand, look) or await self._download(errand)

    async def _look(self, errand: _Errand) -> Look:
        """Wait until there is an answer, or nobody else downloads the source."""
        look = await self._index.look(errand.source_id, errand.download)
        if look.downloader is None or self._is_answer(errand, look):
            return look
        with self._turns.seat(errand.host):
            while look.downloader is not None and not self._is_answer(errand, look):
                errand.awaited.add(look.downloader)
                await self._index.wait_for(errand.source_id)
                await asyncio.sleep(random.uniform(0.5, 1.5) * LOOK_AGAIN_SECONDS)  # noqa: S311 - no secret
                look = await self._index.look(errand.source_id, errand.download)
        return look

    def _is_answer(self, errand: _Errand, look: Look) -> bool:
        return self._has_failed(errand, look) or self._is_usable(errand, look.kept)

    def _has_failed(self, errand: _Errand, look: Look) -> bool:
        if look.failed is None:
            return False
        is_lasting = not look.failed.error.retryable and not errand.refresh
        return is_lasting or look.failed.download in errand.awaited

    def _is_usable(self, errand: _Errand, kept: KeptSource | None) -> bool:
        if kept is None:
            return False
        if kept.download in errand.awaited:
            return True
        # Behind a redirect its freshness says nothing: the redirect may lead elsewhere by now.
        return not errand.refresh and kept.url == errand.url and self._cache.may_answer(kept)

    async def _answer(self, errand: _Errand, look: Look) -> Fetched | None:
        """What is there already; None if it is not enough."""
        if look.failed is not None and self._has_failed(errand, look):
            raise error_of(look.failed.error)
        if look.kept is None or not self._is_usable(errand, look.kept):
            return None
        fetched = await self._cache.take(look.kept, errand.path)
        if fetched is not None:
            metrics.sources.labels("cached").inc()
            self._in_background(self._index.touch(errand.source_id))
        return fetched

    async def _lead(self, errand: _Errand, look: Look) -> Fetched:
        """Get the source while all others wait for it."""
        lease = SourceLease(self._index, errand.source_id, errand.download, self._failure_seconds)
        try:
            fetched = await self._answer(errand, look)
            if fetched is not None:
                self._in_background(lease.end())
                return fetched
        except BaseException:
            await lease.end()
            raise
        return await self._bring(errand, look, lease)

    async def _bring(self, errand: _Errand, look: Look, lease: SourceLease) -> Fetched:
        try:
            fetched = await self._unchanged(errand, look.kept) if look.kept else None
            fetched = fetched or await self._download(errand)
        except PixelmillError as error:
            await lease.end(error)
            raise
        except BaseException:
            await lease.end()
            raise
        copy = errand.path.with_name(f"{errand.path.name}.{errand.download}")
        os.link(fetched.path, copy)
        self._in_background(self._keep(errand, look, replace(fetched, path=copy), lease))
        return fetched

    async def _keep(self, errand: _Errand, look: Look, fetched: Fetched, lease: SourceLease) -> None:
        """Keep what came, and only then let others look; the task that asked for it has gone on."""
        try:
            if look.failed is not None:
                await self._index.forgive(errand.source_id)
            if errand.renewed is not None:
                await self._cache.enter(errand.source_id, errand.renewed)
            elif fetched.answer is not None:
                entry = self._cache.entry_for(errand.download, fetched, fetched.answer)
                # What is of no use later is kept for those who wait, if anybody does.
                if entry is not None and (may_be_used_again(entry) or not await lease.end_unless_awaited()):
                    await self._cache.keep(errand.source_id, entry, fetched.path)
        finally:
            fetched.path.unlink(missing_ok=True)
            await lease.end()

    async def _download(self, errand: _Errand) -> Fetched:
        async with self._turns.turn(errand.host):
            fetched = await self._origins.fetch(errand.url, errand.path)
        metrics.sources.labels("downloaded").inc()
        return fetched

    async def _unchanged(self, errand: _Errand, kept: KeptSource) -> Fetched | None:
        """What is kept, if its origin says that it is still the source, or what it sends instead."""
        headers = conditions(kept)
        if not headers:
            return None
        async with self._turns.turn(errand.host):
            answer = await self._origins.fetch_unless(Condition(kept.url, headers), errand.url, errand.path)
        if isinstance(answer, Fetched):
            metrics.sources.labels("downloaded").inc()
            return answer
        renewed = freshened(kept, answer.headers)
        fetched = await self._cache.take(renewed, errand.path) if renewed else None
        if fetched is not None:
            metrics.sources.labels("unchanged").inc()
            errand.renewed = renewed
        return fetched

    def _in_background(self, work: Coroutine[None, None, None]) -> None:
        ending = asyncio.create_task(_logged(work), name="end of a fetch")
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)


async def _logged(work: Coroutine[None, None, None]) -> None:
    """Nobody waits for this work, and nothing depends on it."""
    try:
        await work
    except (StoreUnavailable, *UNANSWERED) as error:
        _log.warning("source_cache_unavailable", error=type(error).__name__)
