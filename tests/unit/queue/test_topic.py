"""One reading of a task's state serves all who wait for it, and none of them gets an old one."""

import asyncio

import pytest

from pixelmill.domain.errors import QueueUnavailable
from pixelmill.domain.source import SourceInfo
from pixelmill.domain.task import Status, Task
from pixelmill.queue.topic import Topic
from tests.support.tasks import a_task_id, some_work

TASK_ID = a_task_id("a")


def a_task(attempts: int) -> Task:
    work = some_work()
    return Task(
        task_id=work.task_id,
        status=Status.PENDING,
        attempts=attempts,
        source=SourceInfo(),
        queued_at=work.queued_at,
    )


class Readings:
    """A state that counts its readings, each of which can be held up."""

    def __init__(self) -> None:
        self.count = 0
        self.may_end = asyncio.Event()
        self.may_end.set()
        self.failures = 0

    async def read(self, task_id: str) -> Task:
        assert task_id == TASK_ID
        self.count += 1
        task = a_task(self.count)
        await self.may_end.wait()
        if self.failures:
            self.failures -= 1
            raise QueueUnavailable
        return task


async def test_all_waiters_share_a_reading() -> None:
    """However many ask for one."""
    readings = Readings()
    topic = Topic(TASK_ID, readings.read)
    waiting = [asyncio.create_task(topic.news(after=0)) for _ in range(100)]
    for _ in range(100):
        topic.refresh()
    assert len({id(news) for news in await asyncio.gather(*waiting)}) == 1
    assert readings.count == 1


async def test_a_refresh_during_a_reading_causes_another() -> None:
    """The reading under way may have come too early to see what has changed."""
    readings = Readings()
    topic = Topic(TASK_ID, readings.read)
    readings.may_end.clear()
    topic.refresh()
    early = asyncio.create_task(topic.news(after=0))
    await asyncio.sleep(0)
    topic.refresh()
    readings.may_end.set()
    await early
    second = await topic.news(after=1)
    assert second.task is not None
    assert second.task.attempts == readings.count == 2


async def test_news_are_not_missed_between_two_waits() -> None:
    """A second reading may end before those who got the first have asked again."""
    readings = Readings()
    topic = Topic(TASK_ID, readings.read)
    for number in (1, 2):
        topic.refresh()
        await topic.news(after=number - 1)
    assert (await topic.news(after=1)).number == 2


async def test_a_waiter_that_leaves_does_not_disturb_the_others() -> None:
    """Its cancellation stays its own."""
    readings = Readings()
    readings.may_end.clear()
    topic = Topic(TASK_ID, readings.read)
    topic.refresh()
    leaving, staying = (asyncio.create_task(topic.news(after=0)) for _ in range(2))
    await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.sleep(0)
    readings.may_end.set()
    assert (await staying).task is not None
    assert leaving.cancelled()


async def test_an_outage_is_waited_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """News come when the state can be read again."""
    monkeypatch.setattr("pixelmill.queue.topic.READ_AGAIN_SECONDS", 0)
    readings = Readings()
    readings.failures = 3
    topic = Topic(TASK_ID, readings.read)
    topic.refresh()
    assert (await topic.news(after=0)).task is not None
    assert readings.count == 4


async def test_a_closed_topic_reads_no_more() -> None:
    """Nobody waits for it."""
    readings = Readings()
    readings.may_end.clear()
    topic = Topic(TASK_ID, readings.read)
    topic.refresh()
    await asyncio.sleep(0)
    topic.close()
    await asyncio.sleep(0)
    assert topic._reading is not None
    assert topic._reading.cancelled()


async def test_listeners_are_told_every_reading() -> None:
    """With the id of the task, until they are taken off."""
    readings = Readings()
    topic = Topic(TASK_ID, readings.read)
    told: list[tuple[str, int]] = []

    def listen(task_id: str, task: Task | None) -> None:
        assert task is not None
        told.append((task_id, task.attempts))

    topic.listeners.add(listen)
    for number in (1, 2):
        topic.refresh()
        await topic.news(after=number - 1)
    topic.listeners.discard(listen)
    topic.refresh()
    await topic.news(after=2)
    assert told == [(TASK_ID, 1), (TASK_ID, 2)]
