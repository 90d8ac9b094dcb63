"""A clock that was wrong and is set right again: nothing waits for it."""

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pixelmill.domain.errors import SourceNotFound, SourceUnreachable
from pixelmill.domain.task import Outcome, Status, Work
from pixelmill.expire.slot_visits import SlotVisits
from pixelmill.queue import expiry
from pixelmill.queue.consumer import Attempt, ReportStage
from pixelmill.queue.task_queue import TaskQueue
from pixelmill.settings import ResultSettings, StoreSettings
from pixelmill.store.keys import Kind, result_key, slot_of
from pixelmill.store.store import Store
from tests.support.tasks import JOURNAL, a_task_id, an_outcome, consuming, quick_settings, some_work, until_final
from tests.support.wait import wait_until_async

HOUR_SECONDS = 3600


@pytest.fixture
async def queue(redis_url: str) -> AsyncIterator[TaskQueue]:
    queue = TaskQueue(quick_settings(redis_url), ResultSettings(failure_life_seconds=1), JOURNAL)
    yield queue
    await queue.close()


async def test_a_retry_that_a_wrong_clock_put_off_is_made(queue: TaskQueue, redis_url: str) -> None:
    """An idle worker is woken; a retry that is due in time is left where it is."""

    async def fail_once(_work: Work, attempt: Attempt, _report: ReportStage) -> Outcome:
        if attempt.number == 1:
            raise SourceUnreachable(retry_after_seconds=30)
        return an_outcome()

    work, other = some_work("put off"), some_work("in time")
    for each in (work, other):
        await queue.enqueue(each)
    async with consuming(quick_settings(redis_url), fail_once):

        async def both_wait() -> bool:
            return (await queue.depth()).counts["retrying"] == 2

        await wait_until_async(both_wait)
        assert await queue.bring_retries_forward() == 0
        in_an_hour = round((time.time() + HOUR_SECONDS) * 1000) * 0x1000
        await queue._engine.client.zadd(queue._engine.key("delayed"), {work.task_id: in_an_hour})
        assert await queue.bring_retries_forward() == 1
        task = await until_final(queue, work)
        assert (task.status, task.attempts) == (Status.COMPLETED, 2)
        assert (await queue.depth()).counts["retrying"] == 1


async def test_failures_are_forgotten_after_the_clock_was_set_back(
    queue: TaskQueue, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What fails by the right clock lies before what was judged by the wrong one."""

    async def fail(_work: Work, _attempt: Attempt, _report: ReportStage) -> Outcome:
        raise SourceNotFound

    with monkeypatch.context() as patch:
        patch.setattr(expiry, "time", _Ahead())
        assert (await queue.remove_expired())["failed"] == 0
    await queue.enqueue(some_work())
    async with consuming(quick_settings(redis_url), fail):
        await until_final(queue, some_work())

    async def is_forgotten() -> bool:
        await queue.remove_expired()
        return await queue.find(some_work().task_id) is None

    await wait_until_async(is_forgotten)


class _Ahead:
    """A module `time` that is an hour ahead."""

    def time(self) -> float:
        return time.time() + HOUR_SECONDS


async def test_slots_are_visited_after_the_clock_was_set_back(tmp_path: Path) -> None:
    """When to come again was reckoned from a time that was wrong."""
    store, now = Store.open(StoreSettings(url=(tmp_path / "store").as_uri())), datetime.now(UTC)
    slot = slot_of(now - timedelta(hours=3))
    (tmp_path / "file").write_bytes(b"x")
    await store.put_files({result_key(slot, a_task_id("a"), "1f0c8a52", "image.png"): tmp_path / "file"})
    visits = SlotVisits(store, ResultSettings())
    ahead = now + timedelta(days=30)
    assert await visits.due(Kind.RESULTS, ahead) == [slot]
    visits.revisit(Kind.RESULTS, slot, ahead)
    assert await visits.due(Kind.RESULTS, ahead) == []
    assert await visits.due(Kind.RESULTS, now) == [slot]
    visits.revisit(Kind.RESULTS, slot, now)
    assert await visits.due(Kind.RESULTS, now + timedelta(minutes=1)) == []
    assert await visits.due(Kind.RESULTS, now + timedelta(hours=1)) == [slot]
