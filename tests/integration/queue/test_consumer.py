"""A worker's side: attempts, failures, pauses, stages, and a close that loses nothing."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from pixelmill.domain.errors import CorruptImage, QueueUnavailable, SourceTimeout
from pixelmill.domain.task import Outcome, Stage, Status, Task, Work
from pixelmill.queue.connection import connect_for_requests
from pixelmill.queue.consumer import Attempt, Consumer, ReportStage
from pixelmill.queue.kept import State
from pixelmill.queue.task_queue import TaskQueue
from pixelmill.settings import ResultSettings
from tests.support.tasks import an_outcome, consuming, never_lost, quick_settings, some_work, succeed
from tests.support.wait import wait_until_async


@pytest.fixture
async def queue(redis_url: str) -> AsyncIterator[TaskQueue]:
    queue = TaskQueue(quick_settings(redis_url), ResultSettings())
    yield queue
    await queue.close()


async def final(queue: TaskQueue, work: Work) -> Task:
    ended: list[Task] = []

    async def is_final() -> bool:
        task = await queue.get(work.task_id)
        if task is not None and task.status.is_final:
            ended.append(task)
        return bool(ended)

    await wait_until_async(is_final)
    return ended[0]


async def test_a_completed_task_tells_everything(queue: TaskQueue, redis_url: str) -> None:
    """Its result, its source, its times, and when it goes."""
    work = some_work()
    await queue.enqueue(work)
    async with consuming(quick_settings(redis_url)):
        task = await final(queue, work)
    outcome = an_outcome()
    assert (task.result, task.source, task.timings_ms) == (outcome.result, outcome.source, outcome.timings_ms)
    assert task.started_at is not None
    assert task.finished_at is not None
    assert task.expires_at is not None
    assert (task.expires_at - task.finished_at).total_seconds() == 3600
    assert task.stage is None


async def test_a_passing_error_is_tried_again_and_leaves_no_trace(queue: TaskQueue, redis_url: str) -> None:
    """Between the attempts the task is `retrying`. A completed job keeps its old failure in Redis; nobody sees it."""
    attempts: list[Attempt] = []
    stages: list[Stage | None] = []

    async def fail_twice(work: Work, attempt: Attempt, report: ReportStage) -> Outcome:
        attempts.append(attempt)
        await report(Stage.STORING)
        if attempt.number < 3:
            raise SourceTimeout
        task = await queue.get(work.task_id)
        assert task is not None
        stages.append(task.stage)
        return an_outcome()

    work = some_work()
    await queue.enqueue(work)
    async with consuming(quick_settings(redis_url), fail_twice):

        async def is_retrying() -> bool:
            task = await queue.get(work.task_id)
            return task is not None and task.stage is Stage.RETRYING

        await wait_until_async(is_retrying)
        kept = await queue.find(work.task_id)
        assert kept is not None
        assert kept.state in {State.RETRYING, State.WAITING}
        task = await final(queue, work)
    assert [(attempt.number, attempt.is_last) for attempt in attempts] == [(1, False), (2, False), (3, True)]
    assert (task.status, task.error, task.attempts) == (Status.COMPLETED, None, 3)
    assert stages == [Stage.STORING]


async def test_a_lasting_error_is_not_tried_again(queue: TaskQueue, redis_url: str) -> None:
    """It ends the task at once, with its own code and detail."""

    async def fail(_work: Work, _attempt: Attempt, _report: ReportStage) -> Outcome:
        raise CorruptImage("The file ends early.")

    work = some_work()
    await queue.enqueue(work)
    async with consuming(quick_settings(redis_url), fail):
        task = await final(queue, work)
    assert task.error == CorruptImage("The file ends early.").as_task_error()
    assert (task.attempts, task.status) == (1, Status.FAILED)


async def test_a_bug_is_an_internal_error_without_internals(queue: TaskQueue, redis_url: str) -> None:
    """What was raised is in the log, and nowhere a caller can see it."""

    async def crash(_work: Work, _attempt: Attempt, _report: ReportStage) -> Outcome:
        raise KeyError("/secret/path")

    work = some_work()
    await queue.enqueue(work)
    async with consuming(quick_settings(redis_url), crash):
        task = await final(queue, work)
    assert task.error is not None
    assert task.error.code == "internal_error"
    assert "secret" not in str(await queue.find(work.task_id))
    assert task.attempts == 3


async def test_pauses_are_in_milliseconds(queue: TaskQueue, redis_url: str) -> None:
    """BullMQ waits whole seconds if it does not know the server's version: 0.1 s and 0.2 s would become 1 s each."""
    started: list[float] = []

    async def fail_twice(_work: Work, attempt: Attempt, _report: ReportStage) -> Outcome:
        started.append(time.monotonic())
        if attempt.number < 3:
            raise SourceTimeout
        return an_outcome()

    work = some_work()
    await queue.enqueue(work)
    async with consuming(quick_settings(redis_url), fail_twice, concurrency=1):
        await final(queue, work)
    first, second = started[1] - started[0], started[2] - started[1]
    assert 0.05 <= first < 0.5
    assert 0.1 <= second < 0.6


async def test_the_origin_is_not_asked_before_it_said(queue: TaskQueue, redis_url: str) -> None:
    """A `Retry-After` that a source error carries lengthens the pause."""
    started: list[float] = []

    async def fail_once(_work: Work, attempt: Attempt, _report: ReportStage) -> Outcome:
        started.append(time.monotonic())
        if attempt.number == 1:
            raise SourceTimeout(retry_after_seconds=1)
        return an_outcome()

    work = some_work()
    await queue.enqueue(work)
    async with consuming(quick_settings(redis_url), fail_once):
        await final(queue, work)
    assert started[1] - started[0] >= 1.0


async def test_the_stage_is_that_of_the_running_attempt(queue: TaskQueue, redis_url: str) -> None:
    """An attempt begins with `fetching`, though the last one got further."""
    seen: list[Stage | None] = []

    async def look_then_report(work: Work, attempt: Attempt, report: ReportStage) -> Outcome:
        for stage in (Stage.FETCHING, Stage.TRANSFORMING, Stage.STORING):
            await report(stage)
            task = await queue.get(work.task_id)
            assert task is not None
            seen.append(task.stage)
        if attempt.number == 1:
            raise SourceTimeout
        return an_outcome()

    work = some_work()
    await queue.enqueue(work)
    async with consuming(quick_settings(redis_url), look_then_report):
        await final(queue, work)
    assert seen == [Stage.FETCHING, Stage.TRANSFORMING, Stage.STORING] * 2


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
        task = await final(queue, work)
    assert (task.status, task.attempts, runs) == (Status.COMPLETED, 1, [1])


def test_a_close_that_is_canceled_ends(redis_url: str) -> None:
    """As by a second signal while tasks still run: the loop ends, and what ran is given back."""
    settings = quick_settings(redis_url)

    async def hang(_work: Work, _attempt: Attempt, _report: ReportStage) -> Outcome:
        await asyncio.Event().wait()
        raise AssertionError

    async def cancel_a_close() -> None:
        queue = TaskQueue(settings, ResultSettings())
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
        queue = TaskQueue(settings, ResultSettings())
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
        await final(queue, work)
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
        task = await final(queue, work)
    assert canceled == [1]
    assert (task.status, task.attempts) == (Status.COMPLETED, 2)


async def test_no_server_at_the_start_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """The role that runs the consumer decides what then; here the less patient client says so sooner."""
    monkeypatch.setattr("pixelmill.queue.consumer.connect", connect_for_requests)
    consumer = Consumer(quick_settings("redis://127.0.0.1:1/0"), ResultSettings(), succeed, never_lost, 1)
    with pytest.raises(QueueUnavailable):
        await consumer.run()
