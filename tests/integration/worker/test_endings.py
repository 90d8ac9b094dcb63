"""What the trail is told when a task ends, and that it is told nothing before."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import cast

import pytest
from redis.asyncio import Redis

from pixelmill.audit.record import TrailRecord
from pixelmill.audit.stream import RECORD_FIELD, STREAM, AuditStream
from pixelmill.domain.errors import PixelmillError, SourceNotFound, SourceUnreachable, WorkerLost
from pixelmill.domain.task import Status, Task, Timings
from pixelmill.queue.consumer import Attempt
from pixelmill.settings import AuditSettings, ResultSettings
from pixelmill.telemetry import metrics
from pixelmill.worker.endings import Endings, Failure
from tests.support.tasks import an_outcome, some_work

RESULTS = ResultSettings(life_seconds=3600, failure_life_seconds=60)
WORK = some_work()


def attempt(number: int = 1, *, is_last: bool = False) -> Attempt:
    return Attempt(number=number, started_at=datetime.now(UTC), is_last=is_last)


def failure(error: PixelmillError) -> Failure:
    return Failure(error, Timings(queued=1.0, fetch=2.0))


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    client: Redis = Redis.from_url(redis_url, decode_responses=True)
    yield client
    await client.aclose()


@pytest.fixture
def endings(redis: Redis) -> Endings:
    return Endings(AuditStream(redis, AuditSettings()), RESULTS)


async def recorded(redis: Redis) -> list[TrailRecord]:
    entries = cast("list[tuple[str, dict[str, str]]]", await redis.xrange(STREAM))
    return [TrailRecord.model_validate_json(fields[RECORD_FIELD]) for _, fields in entries]


async def test_a_completed_task_is_recorded_as_callers_see_it(endings: Endings, redis: Redis) -> None:
    """With its result, attempts and times, under the execution that made the files."""
    await endings.completed(WORK, attempt(2), an_outcome("1f0c8a52"))
    (record,) = await recorded(redis)
    assert (record.execution_id, record.source) == ("1f0c8a52", WORK.source.identity)
    assert (record.task.status, record.task.attempts) == (Status.COMPLETED, 2)
    assert record.task.result == an_outcome().result
    assert record.task.finished_at is not None
    assert record.task.expires_at is not None
    assert (record.task.expires_at - record.task.finished_at).total_seconds() == 3600


async def test_an_attempt_that_will_be_repeated_is_not_recorded(endings: Endings, redis: Redis) -> None:
    """It is counted, but it is no end."""
    counter = metrics.attempts_failed.labels(SourceUnreachable.code)
    before = counter._value.get()
    await endings.failed(WORK, attempt(), "1f0c8a52", failure(SourceUnreachable()))
    assert await recorded(redis) == []
    assert counter._value.get() == before + 1


@pytest.mark.parametrize(
    ("error", "last"), [(SourceUnreachable("Down."), attempt(3, is_last=True)), (SourceNotFound("Gone."), attempt(1))]
)
async def test_a_failure_for_good_is_recorded(
    endings: Endings, redis: Redis, error: PixelmillError, last: Attempt
) -> None:
    """The last attempt of a passing failure, the first of a lasting one."""
    await endings.failed(WORK, last, "1f0c8a52", failure(error))
    (record,) = await recorded(redis)
    assert (record.task.status, record.task.attempts) == (Status.FAILED, last.number)
    assert record.task.error == error.as_task_error()


async def test_a_lost_task_is_one_execution_however_often_it_is_told(endings: Endings, redis: Redis) -> None:
    """The trail writes an execution once; the next submission of the same task is another one."""
    lost = Task(
        task_id=WORK.task_id,
        status=Status.FAILED,
        attempts=3,
        source=an_outcome().source,
        error=WorkerLost().as_task_error(),
        queued_at=WORK.queued_at,
        finished_at=datetime.now(UTC),
    )
    again = some_work()
    for work in (WORK, WORK, again):
        await endings.lost(work, lost)
    first, repeated, later = await recorded(redis)
    assert first.execution_id == repeated.execution_id != later.execution_id
    assert first.task == lost
