"""The same tasks are submitted again and again while their results expire and are swept all the time.

The sweep is told a time by which every slot is past, so that nothing but what Redis keeps protects a file.
"""

import asyncio
import random
import secrets
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pixelmill.domain.task import Outcome, Status, Task, Work
from pixelmill.domain.variant import Variant
from pixelmill.expire.source_sweep import SourceSweep
from pixelmill.expire.sweep import Sweep
from pixelmill.fetch.source_index import SourceIndex
from pixelmill.queue.connection import connect_for_requests
from pixelmill.queue.consumer import Attempt, ReportStage
from pixelmill.queue.task_queue import TaskQueue
from pixelmill.settings import FetchSettings, ResultSettings, StoreSettings
from pixelmill.store.keys import IMAGES_PATH, result_key, slot_of
from pixelmill.store.store import Store
from tests.support.kept_tasks import outcome_with
from tests.support.tasks import JOURNAL, consuming, quick_settings, some_work

RESULTS = ResultSettings(life_seconds=1)
DURATION_SECONDS = 12
NAMES = [f"task-{number}" for number in range(20)]


class Service:
    """Submits, works, sweeps and looks, all at once, and counts."""

    def __init__(self, redis_url: str, folder: Path) -> None:
        self._queue = TaskQueue(quick_settings(redis_url), RESULTS, JOURNAL)
        self._root = folder / "store"
        self._store = Store.open(StoreSettings(url=self._root.as_uri()))
        self._image = folder / "image"
        self._image.write_bytes(b"image")
        self._ends_at = time.monotonic() + DURATION_SECONDS
        self._settings = quick_settings(redis_url)
        self._redis = connect_for_requests(redis_url)
        fetch = FetchSettings()
        self._sources = SourceSweep(self._store, SourceIndex(self._redis, fetch.cache_bytes), fetch, RESULTS)
        self.counts: Counter[str] = Counter()
        self.broken: list[str] = []

    async def run(self) -> None:
        async with consuming(self._settings, self._process, results=RESULTS), asyncio.TaskGroup() as group:
            for name in NAMES:
                group.create_task(self._resubmit(name))
                group.create_task(self._look(name))
            group.create_task(self._sweep())
        await self._redis.aclose()
        await self._queue.close()

    @property
    def _goes_on(self) -> bool:
        return time.monotonic() < self._ends_at

    async def _process(self, work: Work, _attempt: Attempt, _report: ReportStage) -> Outcome:
        key = result_key(slot_of(datetime.now(UTC)), work.task_id, secrets.token_hex(8), "image.webp")
        await self._store.put_files({key: self._image})
        self.counts["executions"] += 1
        return outcome_with(key)

    async def _resubmit(self, name: str) -> None:
        while self._goes_on:
            self.counts[(await self._queue.enqueue(some_work(name))).outcome] += 1
            # Mostly while it is kept; now and then only after it was forgotten, or just then.
            await asyncio.sleep(random.choice([0.02, 0.02, 0.02, 0.02, 1.0, 1.1, 1.2]))  # noqa: S311 - no secret

    async def _sweep(self) -> None:
        while self._goes_on:
            # A new one does not put off what is still held.
            sweep = Sweep(self._store, self._queue, RESULTS, self._sources)
            swept = await sweep.run(datetime.now(UTC) + timedelta(hours=1))
            self.counts["sweeps"] += 1
            self.counts["swept files"] += swept.files

    async def _look(self, name: str) -> None:
        """Whoever is shown a result that has not expired can fetch it."""
        while self._goes_on:
            task = await self._queue.get(some_work(name).task_id)
            if task is not None and task.status is Status.COMPLETED:
                missing = self._missing(task)
                is_still_served = task.expires_at is not None and datetime.now(UTC) < task.expires_at
                self.counts["looks"] += 1
                if missing and is_still_served:
                    self.broken.append(missing[0])
            await asyncio.sleep(0.01)

    def _missing(self, task: Task) -> list[str]:
        variants = task.result.variants.values() if task.result else ()
        urls = [variant.url for variant in variants if isinstance(variant, Variant)]
        return [url for url in urls if not (self._root / "results" / url.removeprefix(IMAGES_PATH)).exists()]


async def test_no_result_that_is_shown_is_swept(redis_url: str, tmp_path: Path) -> None:
    """Whatever is submitted, run, expired and removed in between."""
    service = Service(redis_url, tmp_path)

    await service.run()

    assert service.broken == []
    # And everything did happen, many times over.
    assert service.counts["looks"] > 500
    assert service.counts["sweeps"] > 20
    assert service.counts["cached"] > 50
    assert service.counts["executions"] > 3 * len(NAMES)
    assert service.counts["swept files"] > 2 * len(NAMES)
