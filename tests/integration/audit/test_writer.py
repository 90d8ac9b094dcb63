"""From the stream to the trail, on real servers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from prometheus_client import REGISTRY
from redis.asyncio import Redis

from pixelmill.audit import inbox
from pixelmill.audit.inbox import Inbox
from pixelmill.audit.rows import Placed, TrailRows, Written
from pixelmill.audit.stream import MAX_REFUSED_ENTRIES, REFUSED_STREAM, STREAM, AuditStream
from pixelmill.audit.trail import Trail
from pixelmill.audit.writer import TrailWriter
from pixelmill.domain.errors import QueueUnavailable
from pixelmill.queue.connection import connect_for_requests
from pixelmill.settings import AuditSettings
from tests.support.trail_records import append, ended
from tests.support.wait import wait_until_async


@asynccontextmanager
async def writing(redis: Redis, settings: AuditSettings) -> AsyncIterator[None]:
    """A writer at work."""
    writer = asyncio.create_task(TrailWriter(redis, settings).run())
    try:
        yield
        assert not writer.done(), writer.exception()
    finally:
        writer.cancel()
        with suppress(asyncio.CancelledError):
            await writer


async def wait_until_written(redis: Redis) -> None:
    async def is_empty() -> bool:
        return await redis.xlen(STREAM) == 0

    await wait_until_async(is_empty)


async def test_what_is_appended_is_in_the_history(redis: Redis, settings: AuditSettings, trail: Trail) -> None:
    """Whether it was appended before the writer started or while it ran, and nothing stays behind in Redis."""
    stream = AuditStream(redis, settings)
    records = [ended(number) for number in range(30)]
    for record in records[:15]:
        await append(stream, record)

    async with writing(redis, settings):
        for record in records[15:]:
            await append(stream, record)
        await wait_until_written(redis)

    assert trail.history(limit=100).tasks == [record.task for record in reversed(records)]
    assert (await redis.xpending(STREAM, inbox.GROUP))["pending"] == 0


async def test_many_outcomes_are_written_in_few_transactions(
    redis: Redis, settings: AuditSettings, trail: Trail, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A commit each would cost Postgres more than the rows do."""
    batches: list[int] = []
    put = TrailRows.put

    def counting(rows: TrailRows, records: list[Placed]) -> Written:
        batches.append(len(records))
        return put(rows, records)

    monkeypatch.setattr(TrailRows, "put", counting)
    stream = AuditStream(redis, settings)
    for number in range(25):
        await append(stream, ended(number))

    async with writing(redis, settings.model_copy(update={"batch_rows": 10})):
        await wait_until_written(redis)

    assert batches == [10, 10, 5]


async def test_an_outcome_delivered_twice_is_written_once(redis: Redis, settings: AuditSettings, trail: Trail) -> None:
    """A worker that lost the answer to its append repeats it."""
    stream = AuditStream(redis, settings)
    record = ended()
    await append(stream, record)
    await append(stream, record)

    async with writing(redis, settings):
        await wait_until_written(redis)

    assert trail.history().tasks == [record.task]


async def test_entries_of_a_writer_that_died_go_to_the_next(
    redis: Redis, settings: AuditSettings, trail: Trail, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They were handed out and never removed."""
    monkeypatch.setattr(inbox, "ABANDONED_AFTER_SECONDS", 0)
    await append(AuditStream(redis, settings), ended(1))
    dead = Inbox(redis)
    await dead.open()
    assert len(await dead.new(10, wait=False)) == 1

    async with writing(redis, settings):
        await append(AuditStream(redis, settings), ended(2))
        await wait_until_written(redis)

    assert [task.task_id for task in trail.history().tasks] == [ended(2).task.task_id, ended(1).task.task_id]


@pytest.mark.parametrize(
    "fields",
    [
        {"record": "not json"},
        {"record": "{}"},
        {"other": "field"},
        {"record": ended(9, image_url="https://example.com/nul\0.jpg").model_dump_json()},
    ],
    ids=["no JSON", "no record", "no field", "text Postgres cannot keep"],
)
async def test_a_bad_entry_stops_nothing(
    redis: Redis, settings: AuditSettings, trail: Trail, fields: dict[str | bytes, str]
) -> None:
    """It is set aside for an operator; those around it are written."""
    stream = AuditStream(redis, settings)
    await append(stream, ended(1))
    await redis.xadd(STREAM, fields)  # type: ignore[arg-type] # the key type is invariant
    await append(stream, ended(2))

    async with writing(redis, settings):
        await wait_until_written(redis)

    assert [task.task_id for task in trail.history().tasks] == [ended(2).task.task_id, ended(1).task.task_id]
    assert await redis.xlen(REFUSED_STREAM) == 1


async def test_what_is_set_aside_is_bounded(redis: Redis, settings: AuditSettings) -> None:
    """Every key in Redis is."""
    refused = Inbox(redis)
    entries = [inbox.Entry(id=f"1-{number}", fields=(("record", "x"),)) for number in range(MAX_REFUSED_ENTRIES + 5)]
    await refused.set_aside(entries)

    assert await redis.xlen(REFUSED_STREAM) == MAX_REFUSED_ENTRIES


async def test_the_stream_is_bounded(redis: Redis, settings: AuditSettings) -> None:
    """While Postgres is away for longer than Redis can hold, the oldest outcomes go; Redis trims by whole nodes."""
    stream = AuditStream(redis, settings.model_copy(update={"max_stream_entries": 200}))
    for number in range(500):
        await append(stream, ended(number))

    assert 200 <= await redis.xlen(STREAM) <= 400


async def test_the_writer_goes_on_when_redis_is_emptied(redis: Redis, settings: AuditSettings, trail: Trail) -> None:
    """The group goes with the stream; the writer makes it again."""
    stream = AuditStream(redis, settings)
    async with writing(redis, settings):
        await append(stream, ended(1))
        await wait_until_written(redis)
        await redis.flushall()
        await append(stream, ended(2))
        await wait_until_written(redis)

    assert len(trail.history().tasks) == 2


async def test_a_canceled_writer_ends(redis: Redis, settings: AuditSettings) -> None:
    """Whatever it is doing: a cancellation that met redis-py at the wrong moment used to be lost."""
    stream = AuditStream(redis, settings)
    for number in range(40):
        writer = asyncio.create_task(TrailWriter(redis, settings).run())
        await append(stream, ended(number))
        await asyncio.sleep(number / 10_000)  # somewhere else in its round each time

        writer.cancel()
        done, _ = await asyncio.wait([writer], timeout=5)

        assert done == {writer}


async def test_two_writers_share_the_work(redis: Redis, settings: AuditSettings, trail: Trail) -> None:
    """Any number of workers may run."""
    stream = AuditStream(redis, settings)
    async with writing(redis, settings), writing(redis, settings):
        for number in range(60):
            await append(stream, ended(number))
        await wait_until_written(redis)

    assert len(trail.history(limit=100).tasks) == 60


async def test_the_lag_is_how_many_outcomes_wait(
    redis: Redis, settings: AuditSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An operator sees an outage of Postgres before anything is lost."""
    monkeypatch.setattr(inbox, "ABANDONED_AFTER_SECONDS", 0)  # the second writer takes over from the first at once
    unreachable = settings.model_copy(update={"database_url": "postgresql://nobody@127.0.0.1:1/none"})
    stream = AuditStream(redis, settings)

    def lag() -> float | None:
        return REGISTRY.get_sample_value("pixelmill_audit_lag_entries")

    async def lag_is_seven() -> bool:
        return lag() == 7

    async def lag_is_nothing() -> bool:
        return lag() == 0

    async with writing(redis, unreachable):
        for number in range(7):
            await append(stream, ended(number))
        await wait_until_async(lag_is_seven)
    async with writing(redis, settings):
        await wait_until_async(lag_is_nothing)


async def test_redis_away_is_an_error_of_the_catalogue(settings: AuditSettings) -> None:
    """The worker then tries the task again later; it does not complete one that the trail will never know."""
    redis = connect_for_requests("redis://127.0.0.1:1/0")
    try:
        with pytest.raises(QueueUnavailable):
            await AuditStream(redis, settings).append(ended(), "lease", "token")
    finally:
        await redis.aclose()
