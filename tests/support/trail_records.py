"""Records of tasks that were accepted and ended, for tests of the trail."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from pixelmill.audit.record import TrailRecord
from pixelmill.audit.rows import Placed
from pixelmill.audit.stream import AuditStream
from pixelmill.domain.errors import SourceNotFound
from pixelmill.domain.source import ImageFormat, SourceInfo
from pixelmill.domain.task import Status, Task, Timings
from pixelmill.domain.transformation import OutputFormat
from pixelmill.domain.variant import Result, Variant

MORNING = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


def ended(
    number: int = 0,
    *,
    status: Status = Status.COMPLETED,
    image_url: str = "https://example.com/cat.jpg",
    queued_at: datetime | None = None,
    task_id: str | None = None,
    tenant: str | None = None,
) -> TrailRecord:
    """The record of an acceptance that has ended; `number` tells it apart and puts it in order of time."""
    queued_at = queued_at or MORNING + timedelta(seconds=number)
    finished_at = queued_at + timedelta(milliseconds=130)
    task_id = task_id or hashlib.sha256(str(number).encode()).hexdigest()[:32]
    execution_id = secrets.token_hex(8)
    completed = status is Status.COMPLETED
    task = Task(
        task_id=task_id,
        tenant=tenant,
        status=status,
        attempts=1,
        source=SourceInfo(image_url=image_url, format=ImageFormat.JPEG, width=4032, height=3024, bytes=2_911_022),
        result=_result(task_id, execution_id) if completed else None,
        error=None if completed else SourceNotFound().as_task_error(),
        queued_at=queued_at,
        started_at=queued_at + timedelta(milliseconds=2),
        finished_at=finished_at,
        expires_at=finished_at + timedelta(hours=1),
        timings_ms=Timings(queued=2.1, fetch=31.0, transform=42.5, store=0.9),
    )
    return TrailRecord(acceptance_id=secrets.token_hex(16), source=image_url, task=task)


def placed(records: Iterable[TrailRecord], first_position: int = 1) -> list[Placed]:
    """Records as they come from the stream, in this order."""
    return [Placed(record, position) for position, record in enumerate(records, first_position)]


async def append(stream: AuditStream, record: TrailRecord) -> None:
    """Leave a record in the stream, as a worker that has the task."""
    await stream._redis.set("lease", "token")
    assert await stream.append(record, "lease", "token")


def _result(task_id: str, execution_id: str) -> Result:
    url = f"/images/20261124T0930/{task_id}/{execution_id}/image.webp"
    digest = hashlib.sha256(execution_id.encode()).hexdigest()
    variant = Variant(url=url, format=OutputFormat.WEBP, width=800, height=600, bytes=48_211, sha256=digest)
    return Result(variants={"image": variant})
