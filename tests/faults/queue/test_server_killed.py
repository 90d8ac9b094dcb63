"""Redis that dies: what was acknowledged is there afterwards, once, and the rest of the system goes on by itself."""

import asyncio
from collections import Counter
from collections.abc import Callable

import pytest

from pixelmill.domain.errors import QueueUnavailable
from pixelmill.domain.task import Outcome, Status, Work
from pixelmill.queue.consumer import Attempt, ReportStage
from pixelmill.queue.task_queue import TaskQueue
from pixelmill.settings import ResultSettings
from tests.support.servers import ValkeyServer
from tests.support.tasks import JOURNAL, an_outcome, consuming, quick_settings, some_work, wait_longer_for_redis
from tests.support.wait import wait_until_async


async def test_nothing_acknowledged_is_lost(valkey: Callable[[], ValkeyServer]) -> None:
    """SIGKILL in the middle of submissions: each that was answered is found again, each is done once."""
    server = valkey()
    settings = quick_settings(server.url)
    queue = TaskQueue(settings, ResultSettings(), JOURNAL)
    acknowledged: list[Work] = []

    async def submit(number: int) -> None:
        for step in range(60):
            work = some_work(f"{number}-{step}")
            try:
                submission = await queue.enqueue(work)
            except QueueUnavailable:
                continue
            assert submission.outcome == "queued"
            acknowledged.append(work)

    submitting = [asyncio.create_task(submit(number)) for number in range(10)]
    for _ in range(2):
        before = len(acknowledged)

        async def goes_on(before: int = before) -> bool:
            return len(acknowledged) >= before + 50

        await wait_until_async(goes_on, timeout_seconds=30)
        await asyncio.to_thread(server.kill)
        await asyncio.to_thread(server.start)
    await asyncio.gather(*submitting)
    runs: Counter[str] = Counter()

    async def count(work: Work, _attempt: Attempt, _report: ReportStage) -> Outcome:
        runs[work.task_id] += 1
        return an_outcome()

    async with consuming(settings, count, concurrency=50):

        async def all_done() -> bool:
            return (await queue.depth()).counts["completed"] == len(runs) >= len(acknowledged)

        await wait_until_async(all_done, timeout_seconds=30)
    assert {work.task_id for work in acknowledged} <= set(runs)
    assert set(runs.values()) == {1}
    assert len(acknowledged) > 300
    await queue.close()


async def test_running_tasks_survive_a_restart(valkey: Callable[[], ValkeyServer]) -> None:
    """A restart shorter than the lease costs nothing: tasks in flight end as if nothing had been."""
    server = valkey()
    settings = quick_settings(server.url, lease_seconds=10)
    queue = TaskQueue(settings, ResultSettings(), JOURNAL)
    may_end = asyncio.Event()
    running: set[str] = set()

    async def wait(work: Work, _attempt: Attempt, _report: ReportStage) -> Outcome:
        running.add(work.task_id)
        await may_end.wait()
        return an_outcome()

    works = [some_work(str(number)) for number in range(20)]
    async with consuming(settings, wait, concurrency=10):
        for work in works:
            await queue.enqueue(work)

        async def are_running() -> bool:
            return len(running) == 10

        await wait_until_async(are_running)
        await asyncio.to_thread(server.kill)
        may_end.set()
        await asyncio.to_thread(server.start)

        async def all_done() -> bool:
            return (await queue.depth()).counts["completed"] == 20

        await wait_until_async(all_done, timeout_seconds=20)
    tasks = [await queue.get(work.task_id) for work in works]
    assert {(task.status, task.attempts) for task in tasks if task} == {(Status.COMPLETED, 1)}
    await queue.close()


async def test_200_equal_submissions_are_one_execution(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """From several processes' queues at once, while a worker is taking tasks."""
    wait_longer_for_redis(monkeypatch)
    settings = quick_settings(redis_url)
    queues = [TaskQueue(settings, ResultSettings(), JOURNAL) for _ in range(4)]
    executions: list[str] = []

    async def count(work: Work, _attempt: Attempt, _report: ReportStage) -> Outcome:
        executions.append(work.task_id)
        return an_outcome()

    async with consuming(settings, count):
        submissions = await asyncio.gather(*(queues[number % 4].enqueue(some_work()) for number in range(200)))

        async def is_done() -> bool:
            return (await queues[0].depth()).counts["completed"] == 1

        await wait_until_async(is_done)
    outcomes = Counter(submission.outcome for submission in submissions)
    assert outcomes["queued"] == 1
    assert len(executions) == 1
    for queue in queues:
        await queue.close()
