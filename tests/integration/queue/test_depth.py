"""What the queue's metrics say."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from pixelmill.domain.errors import SourceTimeout
from pixelmill.domain.task import Outcome, Priority, Work
from pixelmill.queue.consumer import Attempt, ReportStage
from pixelmill.queue.task_queue import TaskQueue
from pixelmill.settings import ResultSettings
from tests.support.tasks import JOURNAL, an_outcome, consuming, quick_settings, some_work
from tests.support.wait import wait_until_async


@pytest.fixture
async def queue(redis_url: str) -> AsyncIterator[TaskQueue]:
    queue = TaskQueue(quick_settings(redis_url, backoff_seconds=60), ResultSettings(), JOURNAL)
    yield queue
    await queue.close()


async def test_an_empty_queue_has_no_depth(queue: TaskQueue) -> None:
    """All states are there, so that no metric is missing."""
    depth = await queue.depth()
    assert depth.counts == {"waiting": 0, "active": 0, "retrying": 0, "completed": 0, "failed": 0}
    assert depth.oldest_waiting_seconds == 0


async def test_each_state_is_counted(queue: TaskQueue, redis_url: str) -> None:
    """A task is in one state at a time."""
    may_end = asyncio.Event()

    async def by_name(work: Work, _attempt: Attempt, _report: ReportStage) -> Outcome:
        if "hang" in work.source.identity:
            await may_end.wait()
        if "slow" in work.source.identity:
            raise SourceTimeout
        return an_outcome()

    for name in ("done", "slow", "hang", "waiting-1", "waiting-2"):
        await queue.enqueue(some_work(name))
    async with consuming(quick_settings(redis_url), by_name, concurrency=1):

        async def hangs() -> bool:
            counts = (await queue.depth()).counts
            return counts == {"waiting": 2, "active": 1, "retrying": 1, "completed": 1, "failed": 0}

        await wait_until_async(hangs)
        may_end.set()


async def test_the_age_is_that_of_the_oldest_of_all_priorities(queue: TaskQueue) -> None:
    """A bulk task that never gets its turn shows, though interactive ones come and go."""
    bulk = some_work("bulk", priority=Priority.BULK)
    old = bulk.model_copy(update={"queued_at": bulk.queued_at - timedelta(seconds=90)})
    await queue.enqueue(old)
    await queue.enqueue(some_work("interactive"))
    assert 90 <= (await queue.depth()).oldest_waiting_seconds < 95
