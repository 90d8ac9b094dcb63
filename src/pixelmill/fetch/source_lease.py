"""The lease of a download, held for as long as it takes."""

import asyncio

import structlog

from pixelmill.domain.errors import PixelmillError
from pixelmill.fetch.source_index import LEASE_SECONDS, SHARED_SECONDS, UNANSWERED, FailedDownload, SourceIndex

_RENEWALS_PER_LEASE = 3

_log = structlog.get_logger()


class SourceLease:
    """Renews a lease that was taken with `SourceIndex.look`, until it ends.

    Args:
        index: Where it was taken.
        source_id: Of which source.
        download: In the name of which download.
        failure_seconds: How long a lasting failure is told.
    """

    def __init__(self, index: SourceIndex, source_id: str, download: str, failure_seconds: int) -> None:
        self._index = index
        self._source_id = source_id
        self._download = download
        self._failure_seconds = failure_seconds
        self._over = asyncio.Event()
        self._renewing = asyncio.create_task(self._renew(), name="renew lease of a source")

    async def end(self, failure: PixelmillError | None = None) -> None:
        """Let the next one download the source; a failure is told: a passing one to those who wait, or to all.

        What has ended does not end again.
        """
        if self._over.is_set():
            return
        failed, seconds = None, SHARED_SECONDS
        if failure is not None:
            failed = FailedDownload(download=self._download, error=failure.as_task_error())
            seconds = SHARED_SECONDS if failure.retryable else self._failure_seconds
        await self._stop_renewing()
        try:
            await self._index.release(self._source_id, self._download, failed, seconds)
        except UNANSWERED as error:  # it ends by itself
            _log.warning("source_not_released", error=type(error).__name__)

    async def end_unless_awaited(self) -> bool:
        """As `end` if nobody waits for the download; whether it has ended.

        Raises:
            RedisError: It may or may not have.
        """
        has_ended = await self._index.release_unless_awaited(self._source_id, self._download)
        if has_ended:
            await self._stop_renewing()
        return has_ended

    async def _stop_renewing(self) -> None:
        # Not canceled: redis-py may lose a cancellation, and a renewal is over soon.
        self._over.set()
        await self._renewing

    async def _renew(self) -> None:
        while True:
            try:
                async with asyncio.timeout(LEASE_SECONDS / _RENEWALS_PER_LEASE):
                    await self._over.wait()
                    return
            except TimeoutError:
                pass
            try:
                await self._index.renew(self._source_id, self._download)
            except UNANSWERED as error:
                _log.warning("source_lease_not_renewed", error=type(error).__name__)
