"""Find tasks by the host of their source."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the host and its index. Tasks that are there already are not found by it: to fill it in, all would change."""
    comment = "Host of a source on the web, else null"
    op.add_column("trail", sa.Column("host", sa.Text(collation="C"), comment=comment))
    has_host = sa.text("host IS NOT NULL")
    op.create_index("trail_by_host", "trail", ["host", "queued_at", "acceptance_id"], postgresql_where=has_host)
