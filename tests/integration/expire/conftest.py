"""A store, a queue, and tasks whose results lie in the store."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pixelmill.domain.errors import SourceNotFound, SourceTimeout
from pixelmill.domain.source import UploadSource
from pixelmill.domain.task import Outcome, Work
from pixelmill.expire.source_sweep import SourceSweep
from pixelmill.expire.sweep import Sweep
from pixelmill.fetch.source_index import SourceIndex
from pixelmill.queue.connection import connect_for_requests
from pixelmill.queue.consumer import Attempt, ReportStage
from pixelmill.queue.task_queue import TaskQueue
from pixelmill.settings import FetchSettings, ResultSettings, StoreSettings
from pixelmill.store.keys import result_key, slot_of, upload_key
from pixelmill.store.store import Store
from tests.support.kept_tasks import outcome_with, uploaded, work_of
from tests.support.tasks import JOURNAL, a_digest, a_task_id, consuming, quick_settings
from tests.support.wait import wait_until_async


@dataclass
class House:
    """Everything a sweep works on; results live for `results.life_seconds`."""

    store: Store
    root: Path
    queue: TaskQueue
    redis_url: str
    results: ResultSettings
    scratch: Path
    sources: SourceIndex
    fetch: FetchSettings

    @property
    def sweep(self) -> Sweep:
        sources = SourceSweep(self.store, self.sources, self.fetch, self.results)
        return Sweep(self.store, self.queue, self.results, sources)

    async def put(self, *keys: str) -> None:
        await self.store.put_files(dict.fromkeys(keys, self.scratch))

    async def upload(self, name: str, *, queued_at: datetime | None = None) -> Work:
        """The work of an uploaded source, which lies in the store."""
        key = upload_key(slot_of(datetime.now(UTC)), a_digest(name))
        await self.put(key)
        return work_of(a_task_id(name), uploaded(key), queued_at or datetime.now(UTC))

    async def run(self, *works: Work) -> None:
        """Have tasks done: `missing` ones fail for good, `slow` ones become dead letters, others store a result."""
        async with consuming(quick_settings(self.redis_url), self._process, results=self.results):
            await asyncio.gather(*(self.queue.enqueue(work) for work in works))

            async def all_ended() -> bool:
                kept = [await self.queue.find(work.task_id) for work in works]
                return all(task is not None and not task.is_pending for task in kept)

            await wait_until_async(all_ended)

    async def _process(self, work: Work, _attempt: Attempt, _report: ReportStage) -> Outcome:
        if work.task_id == a_task_id("missing"):
            raise SourceNotFound
        if work.task_id == a_task_id("slow"):
            raise SourceTimeout
        slot = slot_of(datetime.now(UTC))
        key = result_key(slot, work.task_id, secrets.token_hex(8), "image.webp")
        await self.put(key)
        return outcome_with(key)

    def files(self) -> set[str]:
        """What lies in the store."""
        return {str(path.relative_to(self.root)) for path in self.root.rglob("*") if path.is_file()}

    def folders(self) -> set[str]:
        """Slots, and what they hold, that exist at all."""
        return {str(path.relative_to(self.root)) for path in self.root.glob("*/*/**") if path.is_dir()}

    def past(self) -> datetime:
        """A time by which everything stored up to now lies in a past slot; Redis goes by the real one."""
        return datetime.now(UTC) + timedelta(seconds=self.results.life_seconds) + timedelta(minutes=3)


@pytest.fixture
def results() -> ResultSettings:
    return ResultSettings(life_seconds=600)


@pytest.fixture
async def house(redis_url: str, tmp_path: Path, results: ResultSettings) -> AsyncIterator[House]:
    queue = TaskQueue(quick_settings(redis_url, attempts=1), results, JOURNAL)
    root = tmp_path / "store"
    scratch = tmp_path / "image"
    scratch.write_bytes(b"image")
    fetch = FetchSettings()
    redis = connect_for_requests(redis_url)
    sources = SourceIndex(redis, fetch.cache_bytes)
    yield House(Store.open(StoreSettings(url=root.as_uri())), root, queue, redis_url, results, scratch, sources, fetch)
    await redis.aclose()
    await queue.close()


def upload_of(work: Work) -> str:
    assert isinstance(work.source, UploadSource)
    return work.source.key
