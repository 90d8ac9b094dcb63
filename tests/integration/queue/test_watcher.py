"""Waiting for tasks: no polling, no missed change."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from pixelmill.domain.task import Outcome, Stage, Status, Task, Work
from pixelmill.queue.consumer import Attempt, ReportStage
from pixelmill.queue.task_queue import TaskQueue
from pixelmill.queue.watcher import Until, Watcher
from pixelmill.settings import ResultSettings
from tests.support.tasks import (
    JOURNAL,
    an_outcome,
    consuming,
    quick_settings,
    some_work,
    until_waiting,
    wait_longer_for_redis,
)


class CountingQueue(TaskQueue):
    """Counts how often a state is read."""

    reads = 0

    async def get(self, task_id: str) -> Task | None:
        self.reads += 1
        return await super().get(task_id)


@pytest.fixture
async def queue(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[CountingQueue]:
    wait_longer_for_redis(monkeypatch)
    queue = CountingQueue(quick_settings(redis_url), ResultSettings(), JOURNAL)
    yield queue
    await queue.close()


@pytest.fixture
async def watcher(redis_url: str, queue: CountingQueue) -> AsyncIterator[Watcher]:
    watcher = Watcher(quick_settings(redis_url), queue)
    await watcher.start()
    yield watcher
    await watcher.close()


async def test_waiting_for_the_end_ends_with_it(queue: CountingQueue, watcher: Watcher, redis_url: str) -> None:
    """However many attempts and stages come before."""
    known = (await queue.enqueue(some_work())).task
    waiting = asyncio.create_task(watcher.wait(known.task_id, known, "final", 10))
    async with consuming(quick_settings(redis_url)):
        task = await waiting
    assert task is not None
    assert task.status is Status.COMPLETED


async def test_waiting_for_a_change_sees_each_stage(queue: CountingQueue, watcher: Watcher, redis_url: str) -> None:
    """A page can show live progress with one wait after the other."""
    known = (await queue.enqueue(some_work())).task
    seen: list[tuple[Status, Stage | None]] = []
    may_go_on = asyncio.Event()

    async def in_steps(_work: Work, _attempt: Attempt, report: ReportStage) -> Outcome:
        for stage in (Stage.TRANSFORMING, Stage.STORING):
            await may_go_on.wait()
            may_go_on.clear()
            await report(stage)
        await may_go_on.wait()
        return an_outcome()

    async with consuming(quick_settings(redis_url), in_steps):
        while not known.status.is_final:
            task = await watcher.wait(known.task_id, known, "change", 10)
            assert task is not None
            assert task != known
            known = task
            seen.append((known.status, known.stage))
            may_go_on.set()
    pending = [(Status.PENDING, stage) for stage in (Stage.FETCHING, Stage.TRANSFORMING, Stage.STORING)]
    assert seen == [*pending, (Status.COMPLETED, None)]


async def test_a_change_before_the_wait_is_seen(queue: CountingQueue, watcher: Watcher, redis_url: str) -> None:
    """Between a caller's look and its wait a task may end; its event is gone by then."""
    known = (await queue.enqueue(some_work())).task
    async with consuming(quick_settings(redis_url)):
        await watcher.wait(known.task_id, known, "final", 10)
    untils: tuple[Until, ...] = ("change", "final")
    for until in untils:
        async with asyncio.timeout(2):
            task = await watcher.wait(known.task_id, known, until, 10)
        assert task is not None
        assert task.status is Status.COMPLETED


async def test_time_is_up(queue: CountingQueue, watcher: Watcher) -> None:
    """The unchanged task comes back, and two reads were all it took: one at the start, one at the end."""
    known = (await queue.enqueue(some_work())).task
    assert await watcher.wait(known.task_id, known, "change", 0.5) == known
    assert queue.reads == 2


async def test_a_task_that_is_not_there_is_not_waited_for(queue: CountingQueue, watcher: Watcher) -> None:
    """Unknown and expired tasks are told at once."""
    known = (await queue.enqueue(some_work())).task
    assert await watcher.wait("0" * 32, known, "final", 10) is None


async def test_thousands_wait_for_one_read(queue: CountingQueue, watcher: Watcher, redis_url: str) -> None:
    """All who wait for the same task share the reads of its state."""
    known = (await queue.enqueue(some_work())).task
    waiting = [asyncio.create_task(watcher.wait(known.task_id, known, "final", 20)) for _ in range(3000)]
    await until_waiting(watcher, 3000)
    async with consuming(quick_settings(redis_url)):
        tasks = await asyncio.gather(*waiting)
    assert {task.status for task in tasks if task is not None} == {Status.COMPLETED}
    assert len(tasks) == 3000
    assert queue.reads < 10


async def test_a_thousand_tasks_are_waited_for(queue: CountingQueue, watcher: Watcher, redis_url: str) -> None:
    """Each waiter gets its own task."""
    submissions = await asyncio.gather(*(queue.enqueue(some_work(str(number))) for number in range(1000)))
    waits = [watcher.wait(each.task.task_id, each.task, "final", 60) for each in submissions]
    waiting = [asyncio.create_task(wait) for wait in waits]
    async with consuming(quick_settings(redis_url), concurrency=50):
        tasks = await asyncio.gather(*waiting)
    assert [task.task_id for task in tasks if task and task.status.is_final] == [
        each.task.task_id for each in submissions
    ]
