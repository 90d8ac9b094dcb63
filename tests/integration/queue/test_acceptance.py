"""What is accepted is noted for the trail in the same step, and nothing else is."""

import asyncio
from collections.abc import AsyncIterator
from typing import cast

import pytest
from redis.asyncio import Redis

from pixelmill.audit.stream import ACCEPTANCE_FIELD, STREAM, TrailJournal
from pixelmill.domain.errors import QueueFull, SourceUnreachable
from pixelmill.domain.task import Outcome, Work
from pixelmill.queue.consumer import Attempt, ReportStage
from pixelmill.queue.task_queue import TaskQueue
from pixelmill.settings import AuditSettings, ResultSettings
from tests.support.tasks import (
    JOURNAL,
    consuming,
    lose_the_second_answer,
    quick_settings,
    some_work,
    until_final,
    wait_longer_for_redis,
)


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    wait_longer_for_redis(monkeypatch)


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    client: Redis = Redis.from_url(redis_url, decode_responses=True)
    yield client
    await client.aclose()


async def noted(redis: Redis) -> list[Work]:
    entries = cast("list[tuple[str, dict[str, str]]]", await redis.xrange(STREAM))
    texts = [fields[ACCEPTANCE_FIELD] for _, fields in entries if ACCEPTANCE_FIELD in fields]
    return [Work.model_validate_json(text) for text in texts]


async def test_a_task_is_noted_with_what_starts_it_again(queue: TaskQueue, redis: Redis) -> None:
    """The whole request: Redis may forget it."""
    work = some_work()
    await queue.enqueue(work)
    assert await noted(redis) == [work]


async def test_what_is_answered_from_another_acceptance_is_not_noted(
    queue: TaskQueue, redis: Redis, redis_url: str
) -> None:
    """It has no end of its own: neither what joins a pending task, nor what a result answers."""
    work = some_work()
    await queue.enqueue(work)
    await queue.enqueue(some_work())
    async with consuming(quick_settings(redis_url)):
        await until_final(queue, work)
    assert (await queue.enqueue(some_work())).outcome == "cached"
    assert await noted(redis) == [work]


async def test_of_many_equal_submissions_at_once_one_is_noted(queue: TaskQueue, redis: Redis) -> None:
    """The one that was queued."""
    works = [some_work() for _ in range(100)]
    submissions = await asyncio.gather(*map(queue.enqueue, works))
    (queued,) = [work for work, each in zip(works, submissions, strict=True) if each.outcome == "queued"]
    assert await noted(redis) == [queued]


async def test_every_new_start_is_another_acceptance(queue: TaskQueue, redis: Redis, redis_url: str) -> None:
    """Refreshed, submitted again after a cancel, or requeued: each is promised an end of its own."""

    async def fail(_work: Work, _attempt: Attempt, _report: ReportStage) -> Outcome:
        raise SourceUnreachable

    first, refreshed, again = some_work(), some_work(), some_work()
    await queue.enqueue(first)
    async with consuming(quick_settings(redis_url)):
        await until_final(queue, first)
    await queue.enqueue(refreshed, refresh=True)
    await queue.cancel(first.task_id)
    await queue.enqueue(again)
    async with consuming(quick_settings(redis_url), fail):
        await until_final(queue, first)
    await queue.requeue(first.task_id)
    works = await noted(redis)
    assert works[:3] == [first, refreshed, again]
    assert len({work.acceptance_id for work in works}) == 4
    assert works[3].variants == first.variants


async def test_nothing_is_noted_that_is_refused(redis_url: str, redis: Redis) -> None:
    """A full queue accepts nothing."""
    queue = TaskQueue(quick_settings(redis_url, max_waiting=1), ResultSettings(), JOURNAL)
    await queue.enqueue(some_work("a"))
    with pytest.raises(QueueFull):
        await queue.enqueue(some_work("b"))
    assert len(await noted(redis)) == 1
    await queue.close()


async def test_a_lost_answer_notes_the_same_acceptance(
    queue: TaskQueue, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The transaction ran, its answer did not arrive, and it is sent again."""
    lose_the_second_answer(queue, monkeypatch)
    work = some_work()
    await queue.enqueue(work)
    assert {each.acceptance_id for each in await noted(redis)} == {work.acceptance_id}


async def test_the_journal_is_bounded(redis_url: str, redis: Redis) -> None:
    """While Postgres is away for long, the oldest go; Redis trims by whole nodes."""
    journal = TrailJournal(AuditSettings(max_stream_entries=1000))
    queue = TaskQueue(quick_settings(redis_url), ResultSettings(), journal)
    await asyncio.gather(*(queue.enqueue(some_work(f"bounded-{number}")) for number in range(1500)))
    assert 1000 <= await redis.xlen(STREAM) <= 1200
    await queue.close()


async def test_the_lag_of_the_journal_is_the_age_of_its_oldest_entry(queue: TaskQueue, redis: Redis) -> None:
    """Whoever compares the trail with the queue has to know how far behind it is."""
    assert await queue.journal_lag_seconds() == 0
    await redis.xadd(STREAM, {"record": "x"}, id="1000000000000-0")
    assert await queue.journal_lag_seconds() > 1_000_000
