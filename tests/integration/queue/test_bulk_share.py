"""Interactive tasks overtake bulk ones, and bulk tasks move all the same."""

from collections.abc import AsyncIterator

import pytest

from pixelmill.domain.task import Outcome, Priority, Status, Work
from pixelmill.queue.bulk_share import TAKES_PER_BULK_TAKE
from pixelmill.queue.consumer import Attempt, ReportStage
from pixelmill.queue.task_queue import TaskQueue
from pixelmill.settings import ResultSettings
from tests.support.tasks import JOURNAL, an_outcome, consuming, quick_settings, some_work, until_final
from tests.support.wait import wait_until_async


@pytest.fixture
async def queue(redis_url: str) -> AsyncIterator[TaskQueue]:
    queue = TaskQueue(quick_settings(redis_url), ResultSettings(), JOURNAL)
    yield queue
    await queue.close()


def interactive(number: int) -> Work:
    return some_work(f"interactive-{number}")


def bulk(number: int) -> Work:
    return some_work(f"bulk-{number}", priority=Priority.BULK)


class Order:
    """Notes the priorities of what is taken; 1 for bulk."""

    def __init__(self) -> None:
        self.bulk: list[bool] = []

    async def __call__(self, work: Work, _attempt: Attempt, _report: ReportStage) -> Outcome:
        self.bulk.append(work.priority is Priority.BULK)
        return an_outcome()


async def test_a_tenth_of_the_takes_is_for_bulk(queue: TaskQueue, redis_url: str) -> None:
    """Of two backlogs: each tenth take is a bulk task, in the order they came, and all others are interactive."""
    takes, order = 4 * TAKES_PER_BULK_TAKE, Order()
    for number in range(4):
        await queue.enqueue(bulk(number))
    for number in range(takes - 4):
        await queue.enqueue(interactive(number))
    async with consuming(quick_settings(redis_url), order, concurrency=1):

        async def all_are_done() -> bool:
            return len(order.bulk) == takes

        await wait_until_async(all_are_done)
    places = [place for place, is_bulk in enumerate(order.bulk, start=1) if is_bulk]
    assert places == [10, 20, 30, 40]
    finished = [await until_final(queue, bulk(number)) for number in range(4)]
    assert finished == sorted(finished, key=lambda task: task.finished_at or task.queued_at)


async def test_bulk_moves_under_a_steady_interactive_load(queue: TaskQueue, redis_url: str) -> None:
    """For each interactive task that is done another one comes: without a share, the bulk task would never start."""
    order, come = Order(), 0

    async def and_another(work: Work, attempt: Attempt, report: ReportStage) -> Outcome:
        nonlocal come
        if work.priority is Priority.INTERACTIVE:
            come += 1
            await queue.enqueue(interactive(1000 + come))
        return await order(work, attempt, report)

    await queue.enqueue(bulk(0))
    for number in range(5):
        await queue.enqueue(interactive(number))
    async with consuming(quick_settings(redis_url), and_another, concurrency=2):
        assert (await until_final(queue, bulk(0))).status is Status.COMPLETED
    assert order.bulk.index(True) < 2 * TAKES_PER_BULK_TAKE


async def test_without_bulk_tasks_nothing_changes(queue: TaskQueue, redis_url: str) -> None:
    """The share of nobody goes to who is there."""
    order = Order()
    for number in range(25):
        await queue.enqueue(interactive(number))
    async with consuming(quick_settings(redis_url), order, concurrency=1):
        ends = [await until_final(queue, interactive(number)) for number in range(25)]
    assert ends == sorted(ends, key=lambda task: task.finished_at or task.queued_at)
    assert {task.attempts for task in ends} == {1}
