"""A worker's side: attempts, failures, pauses, stages."""

import time

from redis.asyncio import Redis

from pixelmill.domain.errors import CorruptImage, SourceTimeout
from pixelmill.domain.task import Outcome, Stage, Status, Work
from pixelmill.queue.consumer import Attempt, ReportStage
from pixelmill.queue.kept import State
from pixelmill.queue.task_queue import TaskQueue
from tests.support.tasks import an_outcome, consuming, quick_settings, some_work, until_final
from tests.support.wait import wait_until_async


async def test_a_completed_task_tells_everything(queue: TaskQueue, redis_url: str) -> None:
    """Its result, its source, its times, and when it goes."""
    work = some_work()
    await queue.enqueue(work)
    async with consuming(quick_settings(redis_url)):
        task = await until_final(queue, work)
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
        task = await until_final(queue, work)
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
        task = await until_final(queue, work)
    assert task.error == CorruptImage("The file ends early.").as_task_error()
    assert (task.attempts, task.status) == (1, Status.FAILED)


async def test_a_bug_is_an_internal_error_without_internals(queue: TaskQueue, redis_url: str) -> None:
    """What was raised is in the log, and nowhere a caller can see it."""

    async def crash(_work: Work, _attempt: Attempt, _report: ReportStage) -> Outcome:
        raise KeyError("/secret/path")

    work = some_work()
    await queue.enqueue(work)
    async with consuming(quick_settings(redis_url), crash):
        task = await until_final(queue, work)
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
        await until_final(queue, work)
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
        await until_final(queue, work)
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
        await until_final(queue, work)
    assert seen == [Stage.FETCHING, Stage.TRANSFORMING, Stage.STORING] * 2


async def test_free_slots_cost_nothing(queue: TaskQueue, redis_url: str) -> None:
    """BullMQ asks for a job for each free slot whenever one arrives; a task on an idle queue must not pay for that."""
    async with Redis.from_url(redis_url) as redis, consuming(quick_settings(redis_url), concurrency=50):

        async def scripts_called() -> int:
            return int((await redis.info("commandstats"))["cmdstat_evalsha"]["calls"])

        async def has_completed(tasks: int) -> bool:
            return (await queue.depth()).counts["completed"] == tasks

        await queue.enqueue(some_work("first"))
        await wait_until_async(lambda: has_completed(1))
        before = await scripts_called()
        await queue.enqueue(some_work("second"))
        await wait_until_async(lambda: has_completed(2))
        assert await scripts_called() - before < 20
