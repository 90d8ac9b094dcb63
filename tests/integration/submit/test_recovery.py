"""A Redis that was emptied: the trail knows what was accepted, and it is started again."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from redis.asyncio import Redis

from pixelmill.audit.migrate import migrate
from pixelmill.audit.stream import STREAM
from pixelmill.audit.trail import Trail
from pixelmill.audit.writer import TrailWriter
from pixelmill.domain.errors import QueueFull, TrailUnavailable
from pixelmill.domain.source import UploadSource
from pixelmill.domain.task import Status, Task, Work
from pixelmill.queue.cancellation import cancel
from pixelmill.queue.connection import connect
from pixelmill.queue.task_queue import TaskQueue
from pixelmill.settings import AuditSettings, ResultSettings, StoreSettings
from pixelmill.store.keys import slot_of, upload_key
from pixelmill.store.store import Store
from pixelmill.submit import recovery
from pixelmill.submit.recovery import Recovered, Recovery
from tests.support.tasks import JOURNAL, consuming, quick_settings, some_work, until_final
from tests.support.wait import wait_until_async


@dataclass
class House:
    """What a recovery compares, and the settings of it."""

    audit: AuditSettings
    trail: Trail
    queue: TaskQueue
    store: Store
    redis: Redis

    async def lose(self) -> None:
        """Have everything that was told so far written to the trail; then empty Redis."""
        await self.write_trail()
        await self.redis.flushall()

    async def recover(self, *, dry_run: bool = False) -> Recovered:
        return await Recovery(self.trail, self.queue, self.store, dry_run=dry_run).run()

    async def write_trail(self) -> None:
        async def is_written() -> bool:
            return await self.redis.xlen(STREAM) == 0

        writer = asyncio.create_task(TrailWriter(self.redis, self.audit).run())
        await wait_until_async(is_written)
        await cancel(writer)


@pytest.fixture
async def house(redis_url: str, database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    migrate(database_url)
    audit = AuditSettings(database_url=database_url, batch_seconds=0.05)
    house = House(
        audit,
        Trail(audit),
        TaskQueue(quick_settings(redis_url), ResultSettings(), JOURNAL),
        Store.open(StoreSettings(url=(tmp_path / "store").as_uri())),
        connect(redis_url),
    )
    yield house
    house.trail.close()
    await house.queue.close()
    await house.redis.aclose()


def an_upload(name: str) -> Work:
    sha256 = hashlib.sha256(name.encode()).hexdigest()
    source = UploadSource(sha256=sha256, size_bytes=3, key=upload_key(slot_of(datetime.now(UTC)), sha256))
    return some_work(name).model_copy(update={"source": source})


def in_trail(trail: Trail, *works: Work) -> list[Task]:
    return [task for task in [trail.find(work.task_id) for work in works] if task is not None]


async def test_what_redis_has_lost_is_started_again(house: House) -> None:
    """Once, under the acceptance it was promised; what had ended stays as it is."""
    unwanted, lost, other = some_work("unwanted"), some_work("lost"), some_work("other")
    for work in (unwanted, lost, other):
        await house.queue.enqueue(work)
    await house.queue.cancel(unwanted.task_id)
    await house.lose()

    assert await house.recover(dry_run=True) == Recovered(requeued=2)
    assert (await house.queue.depth()).counts["waiting"] == 0
    assert await house.recover() == Recovered(requeued=2)
    assert await house.recover() == Recovered(known=2)
    kept = [await house.queue.find(work.task_id) for work in (unwanted, lost, other)]
    assert [each and each.work for each in kept] == [None, lost, other]
    await house.write_trail()
    statuses = [task.status for task in in_trail(house.trail, unwanted, lost, other)]
    assert statuses == [Status.CANCELED, Status.PENDING, Status.PENDING]
    assert len(house.trail.history().tasks) == 3


async def test_two_recoveries_at_once_start_each_task_once(house: House, redis_url: str) -> None:
    """An operator may lose patience."""
    works = [some_work(f"lost-{number}") for number in range(30)]
    for work in works:
        await house.queue.enqueue(work)
    await house.lose()
    await asyncio.gather(*(house.recover() for _ in range(3)))
    assert (await house.queue.depth()).counts["waiting"] == 30
    async with consuming(quick_settings(redis_url)):
        ends = [await until_final(house.queue, work) for work in works]
    assert {(task.status, task.attempts) for task in ends} == {(Status.COMPLETED, 1)}


async def test_many_batches_are_gone_through(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each task once, also where a batch ends with the last one."""
    monkeypatch.setattr(recovery, "BATCH_TASKS", 5)
    for number in range(15):
        await house.queue.enqueue(some_work(f"lost-{number}"))
    await house.lose()
    assert await house.recover() == Recovered(requeued=15)
    assert (await house.queue.depth()).counts["waiting"] == 15


async def test_what_was_submitted_again_is_not_run_twice(house: House) -> None:
    """Its first acceptance is closed: it will have no other end."""
    first, second = some_work(), some_work()
    await house.queue.enqueue(first)
    await house.lose()
    await house.queue.enqueue(second)
    await house.write_trail()

    assert await house.recover(dry_run=True) == Recovered(superseded=1, known=1)
    assert await house.recover() == Recovered(superseded=1, known=1)
    await house.write_trail()
    assert [task.status for task in house.trail.history().tasks] == [Status.PENDING, Status.CANCELED]
    assert await house.recover() == Recovered(known=1)
    kept = await house.queue.find(first.task_id)
    assert kept is not None
    assert kept.work == second


async def test_an_upload_that_is_gone_is_reported(house: House, tmp_path: Path) -> None:
    """Its task fails for good; one whose file is there goes on."""
    kept, gone = an_upload("kept"), an_upload("gone")
    (tmp_path / "image").write_bytes(b"abc")
    assert isinstance(kept.source, UploadSource)
    await house.store.put_files({kept.source.key: tmp_path / "image"})
    for work in (kept, gone):
        await house.queue.enqueue(work)
    await house.lose()

    found = Recovered(requeued=1, gone=[gone.task_id])
    assert await house.recover(dry_run=True) == found
    assert await house.recover() == found
    await house.write_trail()
    (ended,) = in_trail(house.trail, gone)
    assert ended.error is not None
    assert (ended.status, ended.error.code) == (Status.FAILED, "source_not_found")
    assert await house.recover() == Recovered(known=1)


async def test_a_trail_that_is_behind_is_waited_for(house: House) -> None:
    """What it takes for pending may have ended: nothing is run twice on a guess."""
    await house.redis.xadd(STREAM, {"record": "x"}, id="1000000000000-0")
    with pytest.raises(TrailUnavailable, match="behind"):
        await house.recover()


async def test_a_full_queue_stops_the_recovery(house: House, redis_url: str) -> None:
    """It goes on when it is run again."""
    for number in range(3):
        await house.queue.enqueue(some_work(f"lost-{number}"))
    await house.lose()
    small = TaskQueue(quick_settings(redis_url, max_waiting=2), ResultSettings(), JOURNAL)
    with pytest.raises(QueueFull):
        await replace(house, queue=small).recover()
    assert await house.recover() == Recovered(requeued=1, known=2)
    await small.close()
