"""A task that cannot go on is put back; nothing of that shows but the time it takes."""

from itertools import pairwise

import pytest

from pixelmill.domain.errors import QueueFull
from pixelmill.domain.postponed import Postponed
from pixelmill.domain.task import Outcome, Stage, Status, Work
from pixelmill.queue.consumer import Attempt, ReportStage
from pixelmill.queue.task_queue import TaskQueue
from tests.support.tasks import JOURNAL, an_outcome, consuming, quick_settings, some_work, until_final
from tests.support.wait import wait_until_async


async def test_a_postponed_task_waits_like_one_that_was_never_started(queue: TaskQueue, redis_url: str) -> None:
    """It is `queued`, with no attempt, and its first one is yet to come."""
    attempts: list[Attempt] = []

    async def postpone_twice(_work: Work, attempt: Attempt, _report: ReportStage) -> Outcome:
        attempts.append(attempt)
        if len(attempts) < 3:
            raise Postponed(0.3)
        return an_outcome()

    work = some_work()
    await queue.enqueue(work)
    async with consuming(quick_settings(redis_url), postpone_twice):

        async def is_put_back() -> bool:
            task = await queue.get(work.task_id)
            return bool(attempts) and task is not None and (task.stage, task.attempts) == (Stage.QUEUED, 0)

        await wait_until_async(is_put_back)
        task = await until_final(queue, work)
    assert [(attempt.number, attempt.is_last) for attempt in attempts] == [(1, False)] * 3
    assert (task.status, task.attempts) == (Status.COMPLETED, 1)
    pauses = [(after.started_at - before.started_at).total_seconds() for before, after in pairwise(attempts)]
    assert min(pauses) >= 0.29


async def test_others_run_while_a_task_is_postponed(queue: TaskQueue, redis_url: str) -> None:
    """It takes no place of the worker."""

    async def postpone_one(work: Work, _attempt: Attempt, _report: ReportStage) -> Outcome:
        if work == slow:
            raise Postponed(60)
        return an_outcome()

    slow, other = some_work("slow"), some_work("other")
    await queue.enqueue(slow)
    await queue.enqueue(other)
    async with consuming(quick_settings(redis_url), postpone_one, concurrency=1):
        assert (await until_final(queue, other)).status is Status.COMPLETED


async def test_what_is_postponed_counts_as_waiting(redis_url: str, queue: TaskQueue) -> None:
    """Or one slow host could fill Redis with tasks beyond every limit."""

    async def postpone(_work: Work, _attempt: Attempt, _report: ReportStage) -> Outcome:
        raise Postponed(60)

    await queue.enqueue(some_work("a"))
    async with consuming(quick_settings(redis_url), postpone):

        async def is_put_back() -> bool:
            return (await queue.depth()).counts["retrying"] == 1

        await wait_until_async(is_put_back)
    full = TaskQueue(quick_settings(redis_url, max_waiting=1), queue._results, JOURNAL)
    with pytest.raises(QueueFull):
        await full.enqueue(some_work("b"))
    await full.close()
