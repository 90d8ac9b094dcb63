"""Make the trail."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the table and an index for each way to ask for a page of it."""
    text = sa.Text(collation="C")
    op.create_table(
        "trail",
        sa.Column("execution_id", text, comment="One row per execution, however often it is reported"),
        sa.Column("task_id", text, nullable=False),
        sa.Column("status", text, nullable=False),
        sa.Column(
            "source_digest",
            sa.LargeBinary,
            nullable=False,
            comment="SHA-256 of the identity of the source: a URL can be longer than an index entry may be",
        ),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("task", postgresql.JSONB, nullable=False, comment="The whole task, as callers see it"),
        sa.PrimaryKeyConstraint("execution_id"),
        comment="How every execution of a task ended",
    )
    op.create_index("trail_by_time", "trail", ["finished_at", "execution_id"])
    op.create_index("trail_by_status", "trail", ["status", "finished_at", "execution_id"])
    op.create_index("trail_by_source", "trail", ["source_digest", "finished_at", "execution_id"])
    op.create_index("trail_by_task", "trail", ["task_id", "finished_at", "execution_id"])
