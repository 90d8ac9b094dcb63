"""Every query on the trail."""

from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.sql.dml import ReturningInsert

from pixelmill.audit.record import TrailRecord
from pixelmill.audit.table import TRAIL
from pixelmill.audit.wanted import Wanted
from pixelmill.domain.cursor import Position
from pixelmill.domain.object_url import is_object_url
from pixelmill.domain.task import Status, TaskId
from pixelmill.domain.url import origin_of

NEWEST_FIRST = (TRAIL.c.queued_at.desc(), TRAIL.c.acceptance_id.desc())
OLDEST_FIRST = (TRAIL.c.queued_at, TRAIL.c.acceptance_id)


def put_rows() -> ReturningInsert[str]:
    """Put the rows given as parameters (`row_of`), each of another acceptance. Returns the ids of those it changed.

    A row that is there gives way to an end that was told later, never to an acceptance. With RETURNING, SQLAlchemy
    sends a batch as one statement instead of one per row.
    """
    new = insert(TRAIL)
    changes = {name: new.excluded[name] for name in ("status", "position", "task", "work")}
    return new.on_conflict_do_update(
        index_elements=[TRAIL.c.acceptance_id], set_=changes, where=TRAIL.c.position < new.excluded.position
    ).returning(TRAIL.c.acceptance_id)


def row_of(record: TrailRecord, position: int) -> dict[str, Any]:
    """The parameters of `put_rows` for one record.

    Args:
        record: What is known of an acceptance.
        position: Where the stream has it.
    """
    task = record.task
    return {
        "acceptance_id": record.acceptance_id,
        "task_id": task.task_id,
        "tenant": task.tenant,
        "status": task.status.value,
        "source_digest": _digest(record.source),
        "host": _host_of(task.source.image_url),
        "queued_at": task.queued_at,
        "position": position if task.status.is_final else 0,
        "task": task.model_dump(mode="json", exclude_none=True),
        "work": record.work.model_dump(mode="json", exclude_none=True) if record.work else sa.null(),
    }


def last(task_id: TaskId) -> sa.Select[Any]:
    """The task as it stands by its newest acceptance: at most one row."""
    return sa.select(TRAIL.c.task).where(TRAIL.c.task_id == task_id).order_by(*NEWEST_FIRST).limit(1)


def page(wanted: Wanted, after: Position | None, limit: int) -> sa.Select[Any, datetime, str]:
    """Up to `limit` tasks that are wanted, newest first, from just after a position."""
    select = sa.select(TRAIL.c.task, TRAIL.c.queued_at, TRAIL.c.acceptance_id).where(*_filters(wanted))
    if after is not None:
        select = select.where(_place() < sa.tuple_(after.moment, after.id))
    return select.order_by(*NEWEST_FIRST).limit(limit)


def lately(since: datetime, limit: int) -> sa.Select[Any]:
    """How long the parts of up to `limit` tasks took, or what they failed with: the newest since a moment."""
    timings, code = TRAIL.c.task["timings_ms"].label("timings"), TRAIL.c.task["error"]["code"].astext.label("code")
    is_new, has_ended = TRAIL.c.queued_at >= since, TRAIL.c.status != Status.PENDING.value
    return sa.select(timings, code).where(is_new, has_ended).order_by(*NEWEST_FIRST).limit(limit)


def unfinished(after: Position | None, limit: int) -> sa.Select[Any]:
    """The work of up to `limit` tasks that were accepted and have not ended, oldest first, from after a position."""
    select = sa.select(TRAIL.c.work).where(TRAIL.c.status == Status.PENDING.value)
    if after is not None:
        select = select.where(_place() > sa.tuple_(after.moment, after.id))
    return select.order_by(*OLDEST_FIRST).limit(limit)


def remove_rows(before: datetime, limit: int) -> sa.Delete:
    """Remove up to `limit` tasks that were accepted before a time, the oldest first."""
    old = sa.select(TRAIL.c.acceptance_id).where(TRAIL.c.queued_at < before).order_by(*OLDEST_FIRST).limit(limit)
    return sa.delete(TRAIL).where(TRAIL.c.acceptance_id.in_(old))


def sign_of_life() -> sa.Select[int]:
    """Reads from the trail itself, so that it also fails where the schema or a privilege is missing."""
    return sa.select(sa.literal(1)).select_from(TRAIL).limit(1)


def _filters(wanted: Wanted) -> Iterator[sa.ColumnElement[bool]]:
    if wanted.status is not None:
        yield TRAIL.c.status == wanted.status.value
    if wanted.since is not None:
        yield TRAIL.c.queued_at >= wanted.since
    if wanted.until is not None:
        yield TRAIL.c.queued_at < wanted.until
    if wanted.source is not None:
        yield TRAIL.c.source_digest == _digest(wanted.source)
    if wanted.host is not None:
        yield TRAIL.c.host == wanted.host
    if wanted.tenant is not None:
        yield TRAIL.c.tenant == wanted.tenant


def _place() -> sa.Tuple:
    """Where a row lies; compared as one, which an index answers: spelled out as `a or (b and c)` it would scan."""
    return sa.tuple_(TRAIL.c.queued_at, TRAIL.c.acceptance_id)


def _host_of(image_url: str | None) -> str | None:
    return None if image_url is None or is_object_url(image_url) else origin_of(image_url).host


def _digest(source: str) -> bytes:
    return sha256(source.encode()).digest()
