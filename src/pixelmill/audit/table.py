"""The one table of the trail. `migrations/` makes it; a test holds the two together."""

from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

METADATA: Final = sa.MetaData()

VERSION_TABLE: Final = "trail_version"
"""Where the last migration applied is noted."""

TEXT: Final = sa.Text(collation="C")  # compared as bytes: the same order on every server, and the cheapest

TRAIL: Final = sa.Table(
    "trail",
    METADATA,
    sa.Column("acceptance_id", TEXT, primary_key=True, comment="One row per acceptance, however often it is reported"),
    sa.Column("task_id", TEXT, nullable=False),
    sa.Column("tenant", TEXT, comment="Whose task it is; null where the service has no API keys"),
    sa.Column("status", TEXT, nullable=False),
    sa.Column(
        "source_digest",
        sa.LargeBinary,
        nullable=False,
        comment="SHA-256 of the identity of the source: a URL can be longer than an index entry may be",
    ),
    sa.Column("host", TEXT, comment="Host of a source on the web, else null"),
    sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column(
        "position",
        sa.BigInteger,
        nullable=False,
        comment="Place of the entry in the stream: of two ends that are told the later counts; 0 while pending",
    ),
    sa.Column("task", JSONB, nullable=False, comment="The whole task, as callers see it"),
    sa.Column("work", JSONB, comment="Of a pending task: what starts it again"),
    # Each filter of the history, followed by what orders it: a page is read from the index, however deep it lies.
    sa.Index("trail_by_time", "queued_at", "acceptance_id"),
    sa.Index("trail_by_status", "status", "queued_at", "acceptance_id"),
    sa.Index("trail_by_source", "source_digest", "queued_at", "acceptance_id"),
    sa.Index("trail_by_host", "host", "queued_at", "acceptance_id", postgresql_where=sa.text("host IS NOT NULL")),
    sa.Index("trail_by_task", "task_id", "queued_at", "acceptance_id"),
    # A service without keys has no tenants, and pays nothing for these.
    sa.Index("trail_by_tenant", "tenant", "queued_at", "acceptance_id", postgresql_where=sa.text("tenant IS NOT NULL")),
    sa.Index(
        "trail_by_tenant_and_status",
        "tenant",
        "status",
        "queued_at",
        "acceptance_id",
        postgresql_where=sa.text("tenant IS NOT NULL"),
    ),
    comment="Every acceptance of a task, and how it ended",
)
