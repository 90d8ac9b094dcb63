"""Keep a row for every acceptance of a task, from the moment it is accepted."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"

INDEXES = {
    "trail_by_time": [],
    "trail_by_status": ["status"],
    "trail_by_source": ["source_digest"],
    "trail_by_task": ["task_id"],
}


def upgrade() -> None:
    """Name rows after acceptances, and order them by when these were: an end changes a row, and must not move it."""
    for name in INDEXES:
        op.drop_index(name, "trail")
    op.alter_column(
        "trail",
        "execution_id",
        new_column_name="acceptance_id",
        comment="One row per acceptance, however often it is reported",
        existing_comment="One row per execution, however often it is reported",
    )
    op.add_column("trail", sa.Column("queued_at", sa.DateTime(timezone=True)))
    op.execute("UPDATE trail SET queued_at = (task ->> 'queued_at')::timestamptz")
    op.alter_column("trail", "queued_at", nullable=False)
    op.drop_column("trail", "finished_at")
    op.add_column(
        "trail",
        sa.Column(
            "position",
            sa.BigInteger,
            nullable=False,
            server_default="0",
            comment="Place of the entry in the stream: of two ends that are told the later counts; 0 while pending",
        ),
    )
    op.alter_column("trail", "position", server_default=None)
    work = sa.Column("work", postgresql.JSONB, comment="Of a pending task: what starts it again")
    op.add_column("trail", work)
    op.create_table_comment("trail", "Every acceptance of a task, and how it ended")
    for name, filters in INDEXES.items():
        op.create_index(name, "trail", [*filters, "queued_at", "acceptance_id"])
