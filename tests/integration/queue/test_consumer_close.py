"""A worker that stops, or loses its lease: nothing is lost, and nothing runs twice at once."""

import asyncio

import pytest

from pixelmill.domain.errors import QueueUnavailable
from pixelmill.domain.task import Outcome, Status, Work
from pixelmill.queue.connection import connect_for_requests
from pixelmill.queue.consumer import Attempt, Consumer, ReportStage
from pixelmill.queue.task_queue import TaskQueue
from pixelmill.settings import ResultSettings
from tests.support.tasks import (
    JOURNAL,
    an_outcome,
    consuming,
    never_lost,
    quick_settings,
    some_work,
    succeed,
    until_final,
)
from tests.support.wait import wait_until_async


async def test_close_lets_running_tasks_end(queue: TaskQueue, redis_url: str) -> None:
    """Within the grace nothing is interrupted, and nothing new is taken."""
    is_running, may_end = asyncio.Event(), asyncio.Event()

    async def wait(_work: Work, _attempt: Attempt, _report: ReportStage) -> Outcome:
        is_running.set()
        await may_end.wait()
        return an_outcome()

    works = [some_work("a"), some_work("b")]
    for work in works:
        await queue.enqueue(work)
    consumer = Consumer(quick_settings(redis_url), ResultSettings(), wait, never_lost, concurrency=1)
    running = asyncio.create_task(consumer.run())
    await is_running.wait()
    closing = asyncio.create_task(consumer.close(grace_seconds=10))
    await asyncio.sleep(0)
    may_end.set()
    await closing
    await running
    statuses = [task.status for task in [await queue.get(work.task_id) for work in works] if task]
    assert sorted(statuses) == [Status.COMPLETED, Status.PENDING]


async def test_close_keeps_leases_meanwhile(queue: TaskQueue, redis_url: str) -> None:
    """A task that ends in a grace longer than its lease runs once, though another worker looks for stalled ones."""
    settings = quick_settings(redis_url)
    runs: list[int] = []

    async def take_three_leases(_work: Work, attempt: Attempt, _report: ReportStage) -> Outcome:
        runs.append(attempt.number)
        await asyncio.sleep(3)
        return an_outcome()

    work = some_work()
    await queue.enqueue(work)
    closing = Consumer(settings, ResultSettings(), take_three_leases, never_lost, concurrency=5)
    running = asyncio.create_task(closing.run())

    async def has_begun() -> bool:
        return bool(runs)

    await wait_until_async(has_begun)
    async with consuming(settings, take_three_leases):
        await closing.close(grace_seconds=10)
        await running
        task = await until_final(queue, work)
    assert (task.status, task.attempts, runs) == (Status.COMPLETED, 1, [1])


def test_a_close_that_is_canceled_ends(redis_url: str) -> None:
    """As by a second signal while tasks still run: the loop ends, and what ran is given back."""
    settings = quick_settings(redis_url)

    async def hang(_work: Work, _attempt: Attempt, _report: ReportStage) -> Outcome:
        await asyncio.Event().wait()
        raise AssertionError

    async def cancel_a_close() -> None:
        queue = TaskQueue(settings, ResultSettings(), JOURNAL)
        consumer = Consumer(settings, ResultSettings(), hang, never_lost, concurrency=2)
        running = asyncio.create_task(consumer.run())
        await queue.enqueue(some_work())

        async def is_active() -> bool:
            return (await queue.depth()).counts["active"] == 1

        await wait_until_async(is_active)
        closing = asyncio.create_task(consumer.close(grace_seconds=60))
        await asyncio.sleep(0.1)
        closing.cancel()
        await asyncio.wait({closing})
        assert closing.cancelled()
        await running
        await queue.close()

    async def count_given_back() -> int:
        queue = TaskQueue(settings, ResultSettings(), JOURNAL)
        depth = await queue.depth()
        await queue.close()
        return depth.counts["retrying"]

    asyncio.run(cancel_a_close())
    assert asyncio.run(count_given_back()) == 1


async def test_close_hands_back_what_cannot_end_in_time(queue: TaskQueue, redis_url: str) -> None:
    """Another worker has it at once, not only after the lease, and no attempt of three is used up."""
    is_running = asyncio.Event()

    async def hang(_work: Work, _attempt: Attempt, _report: ReportStage) -> Outcome:
        is_running.set()
        await asyncio.Event().wait()
        raise AssertionError

    work = some_work()
    await queue.enqueue(work)
    patient = quick_settings(redis_url, lease_seconds=60)
    async with consuming(patient, hang):
        await is_running.wait()
    attempts: list[Attempt] = []

    async def note(_work: Work, attempt: Attempt, _report: ReportStage) -> Outcome:
        attempts.append(attempt)
        return an_outcome()

    async with consuming(patient, note):
        await until_final(queue, work)
    assert [(attempt.number, attempt.is_last) for attempt in attempts] == [(2, False)]


async def test_an_attempt_whose_lease_is_lost_is_canceled(queue: TaskQueue, redis_url: str) -> None:
    """The task runs elsewhere; Redis would refuse this attempt's outcome anyway."""
    canceled: list[int] = []

    async def hang_once(_work: Work, attempt: Attempt, _report: ReportStage) -> Outcome:
        if attempt.number == 1:
            await queue._engine.client.delete(queue._engine.key(f"{work.task_id}:lock"))
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                canceled.append(attempt.number)
                raise
        return an_outcome()

    work = some_work()
    await queue.enqueue(work)
    async with consuming(quick_settings(redis_url), hang_once):
        task = await until_final(queue, work)
    assert canceled == [1]
    assert (task.status, task.attempts) == (Status.COMPLETED, 2)


async def test_no_server_at_the_start_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """The role that runs the consumer decides what then; here the less patient client says so sooner."""
    monkeypatch.setattr("pixelmill.queue.consumer.connect", connect_for_requests)
    consumer = Consumer(quick_settings("redis://127.0.0.1:1/0"), ResultSettings(), succeed, never_lost, 1)
    with pytest.raises(QueueUnavailable):
        await consumer.run()
