"""The sweep of the cache of sources: entries nobody uses, and files no entry refers to.

The bound on bytes is held whenever a source is kept. What is left is what nobody else does: entries that have not been
used for long, a bound that was lowered, files of workers that died between two steps. As for results (see `policy`), a
name is never used twice: a file in a past slot that no entry refers to never gets one again.
"""

from datetime import datetime
from typing import Final

import structlog

from pixelmill.domain.errors import QueueUnavailable
from pixelmill.expire.policy import owner_of
from pixelmill.expire.slot_visits import SlotVisits
from pixelmill.expire.swept import Swept
from pixelmill.fetch.source_index import UNANSWERED, SourceIndex
from pixelmill.settings import FetchSettings, ResultSettings
from pixelmill.store.keys import Kind, slot_key
from pixelmill.store.place import StoredFile
from pixelmill.store.store import Store
from pixelmill.telemetry import metrics

BATCH: Final = 200
"""Entries that one script removes, and files that are asked about at once."""

_log = structlog.get_logger()


class SourceSweep:
    """Sweeps one cache of sources, again and again.

    Args:
        store: Where the files lie.
        index: Which of them are in use.
        settings: How long a source nobody uses is kept.
        results: Passed on to the choice of slots.
    """

    def __init__(self, store: Store, index: SourceIndex, settings: FetchSettings, results: ResultSettings) -> None:
        self._store = store
        self._index = index
        self._life_seconds = settings.cache_life_seconds
        self._visits = SlotVisits(store, results)

    async def run(self, now: datetime, swept: Swept) -> None:
        """Sweep once, and add what went to `swept`.

        Raises:
            QueueUnavailable: Redis does not answer.
            StoreUnavailable: The store cannot be read or written.
        """
        try:
            await self._evict(now)
            for slot in await self._visits.due(Kind.SOURCES, now):
                await self._sweep_slot(slot, now, swept)
            metrics.source_cache_bytes.set(await self._index.size_bytes())
        except UNANSWERED as error:
            raise QueueUnavailable from error

    async def _evict(self, now: datetime) -> None:
        unused_since = now.timestamp() - self._life_seconds
        while keys := await self._index.evict(unused_since, BATCH):
            await self._store.delete(keys)
            metrics.swept_files.labels(Kind.SOURCES.value).inc(len(keys))

    async def _sweep_slot(self, slot: str, now: datetime, swept: Swept) -> None:
        # The files first, their entries after: who asks first may miss one that is entered before the file is seen.
        files = await self._store.list_files(slot_key(Kind.SOURCES, slot))
        for start in range(0, len(files), BATCH):
            await swept.remove(self._store, Kind.SOURCES, await self._unused(files[start : start + BATCH]))
        await self._store.prune_slot(Kind.SOURCES, slot)
        self._visits.revisit(Kind.SOURCES, slot, now)

    async def _unused(self, files: list[StoredFile]) -> list[StoredFile]:
        owned = [(file, owner) for file in files if (owner := owner_of(file.key)) is not None]
        if len(owned) < len(files):
            _log.warning("sweep_met_unknown_files", kind=Kind.SOURCES.value, files=len(files) - len(owned))
        keys = await self._index.keys_of([owner for _, owner in owned]) if owned else []
        return [file for (file, _), key in zip(owned, keys, strict=True) if file.key != key]
