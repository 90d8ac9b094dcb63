"""Everything ended is forgotten in time, and nothing else: also when a submission runs a task again meanwhile."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from pixelmill.audit.stream import STREAM
from pixelmill.domain.errors import SourceNotFound, SourceTimeout
from pixelmill.domain.task import Outcome, Work
from pixelmill.queue.consumer import Attempt, ReportStage
from pixelmill.queue.expiry import MAX_EVENTS
from pixelmill.queue.task_queue import TaskQueue
from pixelmill.settings import ResultSettings
from tests.support.tasks import JOURNAL, an_outcome, consuming, quick_settings, some_work, wait_longer_for_redis
from tests.support.wait import wait_until_async

SHORT = ResultSettings(life_seconds=1, failure_life_seconds=1)


@pytest.fixture
async def queue(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[TaskQueue]:
    wait_longer_for_redis(monkeypatch)
    queue = TaskQueue(quick_settings(redis_url, attempts=1), SHORT, JOURNAL)
    yield queue
    await queue.close()


async def by_name(work: Work, _attempt: Attempt, _report: ReportStage) -> Outcome:
    if "missing" in work.source.identity:
        raise SourceNotFound
    if "slow" in work.source.identity:
        raise SourceTimeout
    return an_outcome()


async def all_ended(queue: TaskQueue, names: list[str]) -> None:
    await asyncio.gather(*(queue.enqueue(some_work(name)) for name in names))

    async def ended() -> bool:
        counts = (await queue.depth()).counts
        return counts["completed"] + counts["failed"] == len(names)

    await wait_until_async(ended)


async def all_over(queue: TaskQueue, names: list[str]) -> None:
    async def over() -> bool:
        return not any([await queue.get(some_work(name).task_id) for name in names])

    await wait_until_async(over)


async def test_each_kind_of_end_has_its_own_life(queue: TaskQueue, redis_url: str) -> None:
    """Results and lasting failures go after theirs; a dead letter stays for the operator."""
    names = ["done-1", "done-2", "missing-1", "slow-1"]
    async with consuming(quick_settings(redis_url), by_name, results=SHORT):
        await all_ended(queue, names)
    assert await queue.remove_expired() == {"completed": 0, "failed": 0, "dead_letter": 0}
    await all_over(queue, names[:3])
    assert await queue.remove_expired() == {"completed": 2, "failed": 1, "dead_letter": 0}
    kept = [await queue.find(some_work(name).task_id) for name in names]
    assert [each is not None and each.is_dead_letter for each in kept] == [False, False, False, True]
    assert await queue.get(some_work("slow-1").task_id) is not None


async def test_lasting_failures_are_found_behind_many_dead_letters(
    queue: TaskQueue, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In batches, each failure judged once: the next sweep looks only at what has failed since."""
    monkeypatch.setattr("pixelmill.queue.expiry.BATCH_TASKS", 3)
    names = [f"slow-{number}" for number in range(10)] + [f"missing-{number}" for number in range(10)]
    async with consuming(quick_settings(redis_url), by_name, results=SHORT):
        await all_ended(queue, names)
    await all_over(queue, names[10:])
    assert (await queue.remove_expired())["failed"] == 10
    assert (await queue.depth()).counts["failed"] == 10
    async with consuming(quick_settings(redis_url), by_name, results=SHORT):
        await queue.enqueue(some_work("missing-late"))

        async def ended() -> bool:
            return (await queue.depth()).counts["failed"] == 11

        await wait_until_async(ended)
    await all_over(queue, ["missing-late"])
    assert (await queue.remove_expired())["failed"] == 1


async def test_a_task_that_is_run_again_is_not_removed(queue: TaskQueue, redis_url: str) -> None:
    """Submissions race with the sweep: whatever was promised last is still there, and is done."""
    names = [f"{kind}-{number}" for number in range(100) for kind in ("done", "missing")]
    async with consuming(quick_settings(redis_url), by_name, results=SHORT):
        await all_ended(queue, names)
    await all_over(queue, names)
    sweeping = asyncio.create_task(queue.remove_expired())
    answers = await asyncio.gather(*(queue.enqueue(some_work(name)) for name in names))
    swept = await sweeping
    assert {answer.outcome for answer in answers} == {"queued"}
    assert (await queue.depth()).counts["waiting"] == 200
    assert swept["completed"] + swept["failed"] <= 200


async def test_without_a_crew_the_workers_bound_what_is_kept(redis_url: str, queue: TaskQueue) -> None:
    """Each end removes what ended long ago: BullMQ's ages are set, an hour behind the crew's."""
    names = ["done-1", "missing-1"]
    async with consuming(quick_settings(redis_url), by_name, results=SHORT), Redis.from_url(redis_url) as redis:
        await all_ended(queue, names)
        for ended_in, name in (("completed", "done-1"), ("failed", "missing-1")):
            await redis.zadd(f"pixelmill:resize:{ended_in}", {some_work(name).task_id: 1})
        await queue.enqueue(some_work("done-2"))
        await queue.enqueue(some_work("missing-2"))

        async def are_gone() -> bool:
            return [await queue.find(some_work(name).task_id) for name in names] == [None, None]

        await wait_until_async(are_gone)


async def test_the_event_stream_is_bounded_though_nothing_is_taken(queue: TaskQueue, redis_url: str) -> None:
    """Submissions add events, which BullMQ trims only when tasks end: no outage of the workers fills Redis."""
    key = "pixelmill:resize:events"
    async with Redis.from_url(redis_url) as redis:
        async with redis.pipeline(transaction=False) as pipeline:
            for number in range(MAX_EVENTS * 2):
                pipeline.xadd(key, {"event": "added", "jobId": str(number)})
            await pipeline.execute()
        await queue.remove_expired()
        assert await redis.xlen(key) < MAX_EVENTS * 1.1


async def test_no_key_is_left_behind(queue: TaskQueue, redis_url: str) -> None:
    """After everything has expired only the queue's own few keys are there."""
    names = ["done-1", "missing-1"]
    async with consuming(quick_settings(redis_url), by_name, results=SHORT):
        await all_ended(queue, names)
    await all_over(queue, names)
    await queue.remove_expired()
    async with Redis.from_url(redis_url, decode_responses=True) as redis:
        left = {str(key).removeprefix("pixelmill:resize:") for key in await redis.keys()}
    assert left <= {"meta", "id", "events", "marker", "pc", "stalled-check", "stalled", STREAM}
