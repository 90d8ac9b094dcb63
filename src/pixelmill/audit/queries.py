"""Every query on the trail."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.sql.dml import ReturningInsert

from pixelmill.audit.record import TrailRecord
from pixelmill.audit.table import TRAIL
from pixelmill.domain.cursor import Position
from pixelmill.domain.task import Status, TaskId

NEWEST_FIRST = (TRAIL.c.finished_at.desc(), TRAIL.c.execution_id.desc())


def add_rows() -> ReturningInsert[str]:
    """Add the rows given as parameters (`row_of`); those already there stay as they are. Returns the ids of new ones.

    With RETURNING, SQLAlchemy sends a batch as one statement instead of one per row.
    """
    return insert(TRAIL).on_conflict_do_nothing(index_elements=[TRAIL.c.execution_id]).returning(TRAIL.c.execution_id)


def row_of(record: TrailRecord) -> dict[str, Any]:
    """The parameters of `add_rows` for one record."""
    task = record.task
    return {
        "execution_id": record.execution_id,
        "task_id": task.task_id,
        "status": task.status.value,
        "source_digest": _digest(record.source),
        "finished_at": task.finished_at,
        "task": task.model_dump(mode="json", exclude_none=True),
    }


def last_end(task_id: TaskId) -> sa.Select[Any]:
    """The task as its newest execution left it: at most one row."""
    return sa.select(TRAIL.c.task).where(TRAIL.c.task_id == task_id).order_by(*NEWEST_FIRST).limit(1)


def page(
    *,
    status: Status | None,
    since: datetime | None,
    until: datetime | None,
    source: str | None,
    after: Position | None,
    limit: int,
) -> sa.Select[Any, datetime, str]:
    """Up to `limit` ended tasks that match every filter given, newest first, from just after a position."""
    select = sa.select(TRAIL.c.task, TRAIL.c.finished_at, TRAIL.c.execution_id)
    return select.where(*_filters(status, since, until, source, after)).order_by(*NEWEST_FIRST).limit(limit)


def sign_of_life() -> sa.Select[int]:
    """Reads from the trail itself, so that it also fails where the schema or a privilege is missing."""
    return sa.select(sa.literal(1)).select_from(TRAIL).limit(1)


def _filters(
    status: Status | None, since: datetime | None, until: datetime | None, source: str | None, after: Position | None
) -> Sequence[sa.ColumnElement[bool]]:
    filters: list[sa.ColumnElement[bool]] = []
    if status is not None:
        filters.append(TRAIL.c.status == status.value)
    if since is not None:
        filters.append(TRAIL.c.finished_at >= since)
    if until is not None:
        filters.append(TRAIL.c.finished_at < until)
    if source is not None:
        filters.append(TRAIL.c.source_digest == _digest(source))
    if after is not None:
        # As one row comparison, which an index answers; spelled out as `a or (b and c)` it would scan.
        here = sa.tuple_(TRAIL.c.finished_at, TRAIL.c.execution_id)
        filters.append(here < sa.tuple_(after.moment, after.id))
    return filters


def _digest(source: str) -> bytes:
    return sha256(source.encode()).digest()
