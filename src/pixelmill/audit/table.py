"""The one table of the trail. `migrations/` makes it; a test holds the two together."""

from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

METADATA: Final = sa.MetaData()

VERSION_TABLE: Final = "trail_version"
"""Where the last migration applied is noted."""

_TEXT: Final = sa.Text(collation="C")  # compared as bytes: the same order on every server, and the cheapest

TRAIL: Final = sa.Table(
    "trail",
    METADATA,
    sa.Column("execution_id", _TEXT, primary_key=True, comment="One row per execution, however often it is reported"),
    sa.Column("task_id", _TEXT, nullable=False),
    sa.Column("status", _TEXT, nullable=False),
    sa.Column(
        "source_digest",
        sa.LargeBinary,
        nullable=False,
        comment="SHA-256 of the identity of the source: a URL can be longer than an index entry may be",
    ),
    sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("task", JSONB, nullable=False, comment="The whole task, as callers see it"),
    # Each filter of the history, followed by what orders it: a page is read from the index, however deep it lies.
    sa.Index("trail_by_time", "finished_at", "execution_id"),
    sa.Index("trail_by_status", "status", "finished_at", "execution_id"),
    sa.Index("trail_by_source", "source_digest", "finished_at", "execution_id"),
    sa.Index("trail_by_task", "task_id", "finished_at", "execution_id"),
    comment="How every execution of a task ended",
)
