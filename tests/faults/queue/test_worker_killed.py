"""Workers that die: nothing they had is lost, and a task that kills them is stopped."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from redis.asyncio import Redis

from pixelmill.domain.task import Status, Task, Work
from pixelmill.queue.task_queue import TaskQueue
from pixelmill.settings import QueueSettings, ResultSettings
from tests.support.consumer_process import LOG, consumer_process
from tests.support.tasks import JOURNAL, some_work
from tests.support.wait import wait_until_async

QUICK = {"lease_seconds": 1.0, "stalled_interval_seconds": 0.5}
"""A dead worker is noticed within 2 s. The test that promises 15 s uses the settings as shipped."""


@pytest.fixture
async def queue(redis_url: str) -> AsyncIterator[TaskQueue]:
    queue = TaskQueue(QueueSettings(redis_url=redis_url), ResultSettings(), JOURNAL)
    yield queue
    await queue.close()


async def logged(redis_url: str) -> list[str]:
    async with Redis.from_url(redis_url, decode_responses=True) as redis:
        return [str(line) for line in await redis.lrange(LOG, 0, -1)]


async def all_final(queue: TaskQueue, works: list[Work], timeout_seconds: float) -> list[Task]:
    tasks: list[Task] = []

    async def are_final() -> bool:
        found = [await queue.get(work.task_id) for work in works]
        tasks[:] = [task for task in found if task is not None and task.status.is_final]
        return len(tasks) == len(works)

    await wait_until_async(are_final, timeout_seconds)
    return tasks


async def both_are_idle(redis_url: str) -> None:
    async with Redis.from_url(redis_url) as redis:

        async def are_blocked() -> bool:
            return bool((await redis.info("clients"))["blocked_clients"] == 2)

        await wait_until_async(are_blocked, timeout_seconds=30)


async def test_tasks_of_a_killed_worker_run_again_within_15_seconds(queue: TaskQueue, redis_url: str) -> None:
    """Of two busy workers one is killed with SIGKILL: every task completes, what it had in a second attempt."""
    works = [some_work(f"slow-{number}") for number in range(32)]
    with consumer_process(redis_url) as doomed, consumer_process(redis_url):
        await both_are_idle(redis_url)
        for work in works:
            await queue.enqueue(work)

        async def are_busy() -> bool:
            return (await queue.depth()).counts["active"] == 16

        await wait_until_async(are_busy)
        doomed.kill()
        killed_at = datetime.now(UTC)
        tasks = await all_final(queue, works, timeout_seconds=25)
    assert {task.status for task in tasks} == {Status.COMPLETED}
    started_again = [task.started_at for task in tasks if task.attempts == 2]
    assert len(started_again) == 8
    waited_seconds = max((started_at - killed_at).total_seconds() for started_at in started_again if started_at)
    assert waited_seconds < 15 + 1  # for a busy machine


async def test_a_task_that_kills_its_worker_three_times_is_a_dead_letter(queue: TaskQueue, redis_url: str) -> None:
    """It gets a reason, its loss is told before it ends, and tasks beside it complete. A resubmission runs it again."""
    killer, bystander = some_work("killer"), some_work("bystander")
    await queue.enqueue(killer)
    deaths = 0
    for _ in range(3):
        with consumer_process(redis_url, **QUICK) as worker:
            deaths += bool(await asyncio.wait_for(asyncio.to_thread(worker.wait), timeout=60))
    assert deaths == 3
    await queue.enqueue(bystander)
    with consumer_process(redis_url, **QUICK) as survivor:
        dead, done = await all_final(queue, [killer, bystander], timeout_seconds=40)
        assert survivor.poll() is None
    assert done.status is Status.COMPLETED
    assert dead.error is not None
    assert (dead.status, dead.error.code, dead.attempts) == (Status.FAILED, "worker_lost", 3)
    lines = [line for line in await logged(redis_url) if "killer" in line]
    url = "https://example.com/killer.jpg"
    assert lines == [f"{url} 1", f"{url} 2", f"{url} 3", f"{url} worker_lost 3"]
    kept = await queue.find(killer.task_id)
    assert kept is not None
    assert kept.is_dead_letter
    assert (await queue.enqueue(some_work("killer"))).outcome == "queued"
    stalled_before = await queue._engine.client.hget(queue._engine.key(killer.task_id), "stc")
    assert stalled_before is None, "deaths of the run before must not count"


async def test_a_killed_worker_is_not_counted_beyond_its_lease(queue: TaskQueue, redis_url: str) -> None:
    """The one that goes on is."""

    async def are_two() -> bool:
        return (await queue.workers()).alive == 2

    async def is_one() -> bool:
        return (await queue.workers()).alive == 1

    lease = {"lease_seconds": 3.0}
    with consumer_process(redis_url, **lease) as doomed, consumer_process(redis_url, **lease):
        await wait_until_async(are_two, timeout_seconds=30)
        doomed.kill()
        doomed.wait()
        await wait_until_async(is_one, timeout_seconds=lease["lease_seconds"] + 0.2)
