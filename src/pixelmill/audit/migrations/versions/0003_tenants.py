"""Say whose task each is, and keep API keys."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the tenant of a task, indexes for the pages of one tenant, and the table of the keys."""
    text = sa.Text(collation="C")
    comment = "Whose task it is; null where the service has no API keys"
    op.add_column("trail", sa.Column("tenant", text, comment=comment))
    has_tenant = sa.text("tenant IS NOT NULL")
    for name, filters in {"trail_by_tenant": [], "trail_by_tenant_and_status": ["status"]}.items():
        columns = ["tenant", *filters, "queued_at", "acceptance_id"]
        op.create_index(name, "trail", columns, postgresql_where=has_tenant)
    op.create_table(
        "api_key",
        sa.Column("key_id", text),
        sa.Column("digest", sa.LargeBinary, nullable=False, comment="SHA-256 of the text of the key"),
        sa.Column("tenant", text, nullable=False),
        sa.Column("scopes", sa.ARRAY(text), nullable=False),
        sa.Column("webhook_url", sa.Text),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), comment="Null while the key is good"),
        sa.PrimaryKeyConstraint("key_id"),
        comment="Every API key that was made",
    )
