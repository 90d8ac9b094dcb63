"""Records of tasks that ended, for tests of the trail."""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta

from pixelmill.audit.record import TrailRecord
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
    finished_at: datetime | None = None,
    task_id: str | None = None,
) -> TrailRecord:
    """The record of one execution; `number` tells it apart and puts it in order of time."""
    finished_at = finished_at or MORNING + timedelta(seconds=number)
    task_id = task_id or hashlib.sha256(str(number).encode()).hexdigest()[:32]
    execution_id = secrets.token_hex(8)
    completed = status is Status.COMPLETED
    task = Task(
        task_id=task_id,
        status=status,
        attempts=1,
        source=SourceInfo(image_url=image_url, format=ImageFormat.JPEG, width=4032, height=3024, bytes=2_911_022),
        result=_result(task_id, execution_id) if completed else None,
        error=None if completed else SourceNotFound().as_task_error(),
        queued_at=finished_at - timedelta(milliseconds=130),
        started_at=finished_at - timedelta(milliseconds=128),
        finished_at=finished_at,
        expires_at=finished_at + timedelta(hours=1),
        timings_ms=Timings(queued=2.1, fetch=31.0, transform=42.5, store=0.9),
    )
    return TrailRecord(execution_id=execution_id, source=image_url, task=task)


def _result(task_id: str, execution_id: str) -> Result:
    url = f"/images/20261124T0930/{task_id}/{execution_id}/image.webp"
    digest = hashlib.sha256(execution_id.encode()).hexdigest()
    variant = Variant(url=url, format=OutputFormat.WEBP, width=800, height=600, bytes=48_211, sha256=digest)
    return Result(variants={"image": variant})
