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
from pixelmill.queue.attempt import Attempt, Lease, LeaseLostError
from pixelmill.settings import AuditSettings, ResultSettings
from pixelmill.telemetry import metrics
from pixelmill.worker.endings import Endings, Failure
from tests.support.tasks import an_outcome, some_work

RESULTS = ResultSettings(life_seconds=3600, failure_life_seconds=60)
WORK = some_work()


LEASE = Lease("lease", "token")


def attempt(number: int = 1, *, is_last: bool = False, lease: Lease = LEASE) -> Attempt:
    return Attempt(lease=lease, number=number, started_at=datetime.now(UTC), is_last=is_last)


def failure(error: PixelmillError) -> Failure:
    return Failure(error, Timings(queued=1.0, fetch=2.0))


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    client: Redis = Redis.from_url(redis_url, decode_responses=True)
    await client.set(LEASE.key, LEASE.token)
    yield client
    await client.aclose()


@pytest.fixture
def endings(redis: Redis) -> Endings:
    return Endings(AuditStream(redis, AuditSettings()), RESULTS)


async def recorded(redis: Redis) -> list[TrailRecord]:
    entries = cast("list[tuple[str, dict[str, str]]]", await redis.xrange(STREAM))
    return [TrailRecord.model_validate_json(fields[RECORD_FIELD]) for _, fields in entries]


async def test_a_completed_task_is_recorded_as_callers_see_it(endings: Endings, redis: Redis) -> None:
    """With its result, attempts and times, under the acceptance that it was promised to."""
    await endings.completed(WORK, attempt(2), an_outcome("1f0c8a52"))
    (record,) = await recorded(redis)
    assert (record.acceptance_id, record.source) == (WORK.acceptance_id, WORK.source.identity)
    assert (record.task.status, record.task.attempts) == (Status.COMPLETED, 2)
    assert record.task.result == an_outcome().result
    assert record.task.finished_at is not None
    assert record.task.expires_at is not None
    assert (record.task.expires_at - record.task.finished_at).total_seconds() == 3600


async def test_an_attempt_that_will_be_repeated_is_not_recorded(endings: Endings, redis: Redis) -> None:
    """It is counted, but it is no end."""
    counter = metrics.attempts_failed.labels(SourceUnreachable.code)
    before = counter._value.get()
    await endings.failed(WORK, attempt(), failure(SourceUnreachable()))
    assert await recorded(redis) == []
    assert counter._value.get() == before + 1


@pytest.mark.parametrize(
    ("error", "last"), [(SourceUnreachable("Down."), attempt(3, is_last=True)), (SourceNotFound("Gone."), attempt(1))]
)
async def test_a_failure_for_good_is_recorded(
    endings: Endings, redis: Redis, error: PixelmillError, last: Attempt
) -> None:
    """The last attempt of a passing failure, the first of a lasting one."""
    await endings.failed(WORK, last, failure(error))
    (record,) = await recorded(redis)
    assert (record.task.status, record.task.attempts) == (Status.FAILED, last.number)
    assert record.task.error == error.as_task_error()


async def test_a_lost_task_is_recorded(endings: Endings, redis: Redis) -> None:
    """As the queue says that it ends."""
    lost = Task(
        task_id=WORK.task_id,
        status=Status.FAILED,
        attempts=3,
        source=an_outcome().source,
        error=WorkerLost().as_task_error(),
        queued_at=WORK.queued_at,
        finished_at=datetime.now(UTC),
    )
    await endings.lost(WORK, lost, LEASE)
    (record,) = await recorded(redis)
    assert (record.acceptance_id, record.task) == (WORK.acceptance_id, lost)


@pytest.mark.parametrize("kept_token", ["another-worker", None], ids=["taken over", "canceled"])
async def test_who_has_lost_the_task_tells_nothing(endings: Endings, redis: Redis, kept_token: str | None) -> None:
    """Its outcome counts nowhere: not in the trail either, and not among the tasks that ended."""
    await redis.delete(LEASE.key)
    if kept_token is not None:
        await redis.set(LEASE.key, kept_token)
    counter = metrics.tasks.labels("completed", "")
    before = counter._value.get()
    with pytest.raises(LeaseLostError):
        await endings.completed(WORK, attempt(), an_outcome())
    with pytest.raises(LeaseLostError):
        await endings.failed(WORK, attempt(), failure(SourceNotFound()))
    assert await recorded(redis) == []
    assert counter._value.get() == before
