"""A canceled task ends at once, for everybody, and nothing a worker still does changes that."""

import asyncio
from collections.abc import AsyncIterator
from time import monotonic
from typing import cast

import pytest
from redis.asyncio import Redis

from pixelmill.audit.record import TrailRecord
from pixelmill.audit.stream import RECORD_FIELD, STREAM
from pixelmill.domain.errors import SourceNotFound, SourceUnreachable
from pixelmill.domain.task import Outcome, Priority, Status, Task, Work
from pixelmill.queue.consumer import Attempt, ReportStage
from pixelmill.queue.task_queue import TaskQueue
from pixelmill.queue.watcher import Watcher
from pixelmill.settings import ResultSettings
from tests.support.tasks import (
    JOURNAL,
    an_outcome,
    consuming,
    quick_settings,
    some_work,
    until_final,
    until_waiting,
)
from tests.support.wait import wait_until_async


class Held:
    """A process whose attempts go on until they are let go, or canceled."""

    def __init__(self) -> None:
        self.let_go = asyncio.Event()
        self.started = 0
        self.canceled_at: list[float] = []

    async def __call__(self, _work: Work, _attempt: Attempt, _report: ReportStage) -> Outcome:
        self.started += 1
        try:
            await self.let_go.wait()
        except asyncio.CancelledError:
            self.canceled_at.append(monotonic())
            raise
        return an_outcome()

    async def has_begun(self, times: int = 1) -> None:
        async def begun() -> bool:
            return self.started >= times

        await wait_until_async(begun)

    async def was_canceled(self) -> None:
        async def canceled() -> bool:
            return bool(self.canceled_at)

        await wait_until_async(canceled)


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    client: Redis = Redis.from_url(redis_url, decode_responses=True)
    yield client
    await client.aclose()


async def recorded(redis: Redis) -> list[Task]:
    entries = cast("list[tuple[str, dict[str, str]]]", await redis.xrange(STREAM))
    ends = [fields[RECORD_FIELD] for _, fields in entries if RECORD_FIELD in fields]
    return [TrailRecord.model_validate_json(end).task for end in ends]


async def canceled(queue: TaskQueue, work: Work) -> Task:
    cancellation = await queue.cancel(work.task_id)
    assert cancellation is not None
    assert cancellation.is_new
    assert cancellation.task.status is Status.CANCELED
    return cancellation.task


async def test_a_queued_task_is_taken_out_of_the_queue(queue: TaskQueue, redis: Redis) -> None:
    """It shows that it was canceled, its trail too, and no worker gets it."""
    work = some_work()
    await queue.enqueue(work)
    task = await canceled(queue, work)
    assert task.error is not None
    assert (task.error.code, task.stage, task.attempts) == ("canceled", None, 0)
    assert await queue.get(work.task_id) == task
    assert await recorded(redis) == [task]
    counts = (await queue.depth()).counts
    assert (counts["waiting"], counts["failed"]) == (0, 1)


async def test_a_running_task_is_dropped_by_its_worker_within_a_second(queue: TaskQueue, redis_url: str) -> None:
    """The worker is another process, or on another host: all it has in common with us is Redis."""
    work, held = some_work(), Held()
    await queue.enqueue(work)
    async with consuming(quick_settings(redis_url, lease_seconds=10.0), held):
        await held.has_begun()
        task = await canceled(queue, work)
        canceled_at = monotonic()
        await held.was_canceled()
        assert held.canceled_at[0] - canceled_at < 1
        assert (task.attempts, await queue.get(work.task_id)) == (1, task)


async def test_a_task_between_two_attempts_is_not_tried_again(queue: TaskQueue, redis_url: str) -> None:
    """It waits for its second attempt, and does not get one."""
    attempts: list[int] = []

    async def fail(_work: Work, attempt: Attempt, _report: ReportStage) -> Outcome:
        attempts.append(attempt.number)
        raise SourceUnreachable

    work, other = some_work(), some_work("other")
    slow = TaskQueue(quick_settings(redis_url, backoff_seconds=1), ResultSettings(), JOURNAL)
    await slow.enqueue(work)
    async with consuming(quick_settings(redis_url), fail):

        async def waits_again() -> bool:
            return (await slow.depth()).counts["retrying"] == 1

        await wait_until_async(waits_again)
        assert (await canceled(slow, work)).attempts == 1
    async with consuming(quick_settings(redis_url)):
        await slow.enqueue(other)
        await until_final(slow, other)
    task = await slow.get(work.task_id)
    assert task is not None
    assert (task.status, attempts) == (Status.CANCELED, [1])
    await slow.close()


async def test_what_a_worker_still_makes_of_it_is_refused(queue: TaskQueue, redis_url: str) -> None:
    """It has finished before it hears of the cancel: the task stays canceled."""
    work, held = some_work(), Held()
    await queue.enqueue(work)
    async with consuming(quick_settings(redis_url), held):
        await held.has_begun()
        held.let_go.set()
        task = await canceled(queue, work)
        await queue.enqueue(some_work("next"))
        await until_final(queue, some_work("next"))
        assert await queue.get(work.task_id) == task


async def test_those_who_share_a_task_all_see_that_it_was_canceled(queue: TaskQueue, redis_url: str) -> None:
    """Equal submissions are one task, so a cancel ends it for all; those who wait are woken by it."""
    work = some_work()
    first = await queue.enqueue(work)
    assert (await queue.enqueue(some_work())).outcome == "coalesced"
    watcher = Watcher(quick_settings(redis_url), queue)
    await watcher.start()
    waiting = [asyncio.create_task(watcher.wait(work.task_id, first.task, "final", 20)) for _ in range(2)]
    await until_waiting(watcher, 2)
    task = await canceled(queue, work)
    assert await asyncio.wait_for(asyncio.gather(*waiting), timeout=5) == [task, task]
    await watcher.close()


async def test_an_equal_submission_afterwards_starts_it_anew(queue: TaskQueue, redis_url: str) -> None:
    """At once, also while the worker still drops the old attempt, and with nothing left of the cancel."""
    held = Held()
    await queue.enqueue(some_work())
    async with consuming(quick_settings(redis_url), held):
        await held.has_begun()
        await canceled(queue, some_work())
        again = await queue.enqueue(some_work())
        assert (again.outcome, again.task.error) == ("queued", None)
        await held.has_begun(2)
        await held.was_canceled()
        held.let_go.set()
        task = await until_final(queue, some_work())
    assert (task.status, task.attempts, task.error) == (Status.COMPLETED, 1, None)
    assert len(held.canceled_at) == 1


async def test_a_second_cancel_changes_nothing(queue: TaskQueue, redis: Redis) -> None:
    """It finds the task canceled, as the first one left it."""
    work = some_work()
    await queue.enqueue(work)
    task = await canceled(queue, work)
    again = await queue.cancel(work.task_id)
    assert again is not None
    assert (again.is_new, again.task) == (False, task)
    assert len(await recorded(redis)) == 1


async def test_of_many_cancels_at_once_one_ends_the_task(queue: TaskQueue, redis: Redis) -> None:
    """The others find it ended; the trail is told once."""
    work = some_work()
    await queue.enqueue(work)
    cancellations = await asyncio.gather(*(queue.cancel(work.task_id) for _ in range(50)))
    assert sum(each.is_new for each in cancellations if each) == 1
    assert {each.task.status for each in cancellations if each} == {Status.CANCELED}
    assert len(await recorded(redis)) == 1


async def test_a_finished_task_cannot_be_canceled(queue: TaskQueue, redis_url: str) -> None:
    """Completed and failed ones stay what they are."""

    async def fail(_work: Work, _attempt: Attempt, _report: ReportStage) -> Outcome:
        raise SourceNotFound

    for process, status in ((Held(), Status.COMPLETED), (fail, Status.FAILED)):
        work = some_work(status.value)
        await queue.enqueue(work)
        if isinstance(process, Held):
            process.let_go.set()
        async with consuming(quick_settings(redis_url), process):
            ended = await until_final(queue, work)
        cancellation = await queue.cancel(work.task_id)
        assert cancellation is not None
        assert (cancellation.is_new, cancellation.task) == (False, ended)
        assert ended.status is status


async def test_nothing_is_known_of_a_task_that_never_was(queue: TaskQueue) -> None:
    """There is nothing to cancel."""
    assert await queue.cancel(some_work().task_id) is None


async def test_a_canceled_task_is_no_dead_letter_and_is_soon_forgotten(redis_url: str) -> None:
    """It lives as long as a lasting failure."""
    queue = TaskQueue(quick_settings(redis_url), ResultSettings(failure_life_seconds=1), JOURNAL)
    work = some_work(priority=Priority.BULK)
    await queue.enqueue(work)
    await canceled(queue, work)
    kept = await queue.find(work.task_id)
    assert kept is not None
    assert not kept.is_dead_letter

    async def is_over() -> bool:
        return await queue.get(work.task_id) is None

    await wait_until_async(is_over)
    assert await queue.cancel(work.task_id) is None
    assert (await queue.remove_expired())["failed"] == 1
    assert await queue.find(work.task_id) is None
    await queue.close()
