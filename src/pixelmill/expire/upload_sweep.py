"""The sweep of uploads: bytes that no task will ask for again.

A file serves every task of the same bytes, so it stays as long as one of them does. See `pixelmill.queue.uploads` for
why no task is entered as one of them any more when its slot is past.
"""

import asyncio
from collections.abc import Iterable
from datetime import datetime
from typing import Final

import structlog
from pydantic import ValidationError

from pixelmill.expire.policy import is_upload, may_go
from pixelmill.expire.slot_visits import SlotVisits
from pixelmill.expire.swept import Swept
from pixelmill.queue.task_queue import TaskQueue
from pixelmill.settings import ResultSettings
from pixelmill.store.keys import Kind, slot_key
from pixelmill.store.place import StoredFile
from pixelmill.store.store import Store

BATCH: Final = 50
"""Files asked about at once."""

_log = structlog.get_logger()


class UploadSweep:
    """Sweeps the uploads of one store, again and again.

    Args:
        store: Where they lie.
        queue: Which tasks use them.
        results: How long an upload is used by further tasks.
    """

    def __init__(self, store: Store, queue: TaskQueue, results: ResultSettings) -> None:
        self._store = store
        self._queue = queue
        self._visits = SlotVisits(store, results)

    async def run(self, now: datetime, swept: Swept) -> None:
        """Sweep once, and add what went to `swept`. Raises as `Sweep.run`."""
        for slot in await self._visits.due(Kind.UPLOADS, now):
            files = await self._store.list_files(slot_key(Kind.UPLOADS, slot))
            ours = [file for file in files if is_upload(file.key)]
            if len(ours) < len(files):
                _log.warning("sweep_met_unknown_files", slot=slot, files=len(files) - len(ours))
            for start in range(0, len(ours), BATCH):
                await self._sweep(ours[start : start + BATCH], swept)
            await self._store.prune_slot(Kind.UPLOADS, slot)
            self._visits.revisit(Kind.UPLOADS, slot, now)

    async def _sweep(self, files: list[StoredFile], swept: Swept) -> None:
        tasks = await self._queue.uploads.tasks_of([file.key for file in files])
        verdicts = await asyncio.gather(*map(self._may_go, files, tasks))
        going = [file for file, goes in zip(files, verdicts, strict=True) if goes]
        # In this order: what is forgotten and stays for want of time is seen again, as a file of no task.
        await self._queue.uploads.forget([file.key for file in going])
        await swept.remove(self._store, Kind.UPLOADS, going)

    async def _may_go(self, file: StoredFile, task_ids: Iterable[str]) -> bool:
        for task_id in task_ids:
            try:
                kept = await self._queue.find(task_id)
            except ValidationError:  # written by another version: not ours to judge
                _log.warning("sweep_met_unreadable_task", task_id=task_id)
                return False
            if not may_go(file.key, kept):
                return False
        return True
