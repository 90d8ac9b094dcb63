"""One sweep: forget what has expired in Redis, and remove its files. The cost follows what expires."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Final

import structlog
from pydantic import ValidationError

from pixelmill.expire.policy import UNFINISHED_AFTER, may_go, owner_of
from pixelmill.expire.slot_visits import SlotVisits
from pixelmill.expire.source_sweep import SourceSweep
from pixelmill.expire.swept import Swept
from pixelmill.expire.upload_sweep import UploadSweep
from pixelmill.queue.task_queue import TaskQueue
from pixelmill.settings import ResultSettings
from pixelmill.store.keys import Kind, slot_key
from pixelmill.store.place import StoredFile
from pixelmill.store.store import Store
from pixelmill.telemetry import metrics

BATCH_TASKS: Final = 50
"""Tasks asked for at once: enough to hide the round trip, few enough to leave the queue's connections to others."""

_log = structlog.get_logger()


class Sweep:
    """Sweeps one store and one queue, again and again.

    Args:
        store: Where the files lie.
        queue: Which tasks they belong to.
        results: How long results live.
        sources: Sweeps the cache of sources, which belong to no task.
    """

    def __init__(self, store: Store, queue: TaskQueue, results: ResultSettings, sources: SourceSweep) -> None:
        self._store = store
        self._queue = queue
        self._visits = SlotVisits(store, results)
        self._uploads = UploadSweep(store, queue, results)
        self._sources = sources

    async def run(self, now: datetime) -> Swept:
        """Sweep once.

        Args:
            now: The time to judge by.

        Raises:
            QueueUnavailable: Redis does not answer; nothing was removed that it was not asked about.
            StoreUnavailable: The store cannot be read or written.
        """
        swept = Swept()
        for state, tasks in (await self._queue.remove_expired()).items():
            metrics.swept_tasks.labels(state).inc(tasks)
            swept.tasks += tasks
        if brought_forward := await self._queue.bring_retries_forward():
            _log.warning("retries_brought_forward", tasks=brought_forward)
        for slot in await self._visits.due(Kind.RESULTS, now):
            await self._sweep_slot(slot, now, swept)
        await self._uploads.run(now, swept)
        await self._sources.run(now, swept)
        await self._remove_unfinished()
        return swept

    async def _sweep_slot(self, slot: str, now: datetime, swept: Swept) -> None:
        # The files first, their tasks after: see `may_go`.
        files = await self._store.list_files(slot_key(Kind.RESULTS, slot))
        by_task, unknown = _by_task(files)
        for batch in _batches(by_task.items(), BATCH_TASKS):
            judged = await asyncio.gather(*(self._may_go(task_id, theirs) for task_id, theirs in batch))
            going = [file for files_of_task in judged for file in files_of_task]
            await swept.remove(self._store, Kind.RESULTS, going)
        if unknown:
            _log.warning("sweep_met_unknown_files", slot=slot, files=unknown)
        await self._store.prune_slot(Kind.RESULTS, slot)
        # Usually it is gone now. Otherwise something lives there, or the store goes on listing an empty name.
        self._visits.revisit(Kind.RESULTS, slot, now)

    async def _may_go(self, task_id: str, files: list[StoredFile]) -> list[StoredFile]:
        """Those of the files of a task that may go."""
        try:
            kept = await self._queue.find(task_id)
        except ValidationError:  # written by another version: not ours to judge
            _log.warning("sweep_met_unreadable_task", task_id=task_id)
            return []
        return [file for file in files if may_go(file.key, kept)]

    async def _remove_unfinished(self) -> None:
        removed = await self._store.delete_unfinished(UNFINISHED_AFTER)
        metrics.swept_files.labels("unfinished").inc(removed)


def _by_task(files: Iterable[StoredFile]) -> tuple[dict[str, list[StoredFile]], int]:
    """The files by the task they belong to, and how many are none of ours."""
    by_task: defaultdict[str, list[StoredFile]] = defaultdict(list)
    unknown = 0
    for file in files:
        owner = owner_of(file.key)
        if owner is None:
            unknown += 1
        else:
            by_task[owner].append(file)
    return by_task, unknown


def _batches(items: Iterable[tuple[str, list[StoredFile]]], size: int) -> Iterator[list[tuple[str, list[StoredFile]]]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
