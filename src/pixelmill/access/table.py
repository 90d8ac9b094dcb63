"""The table of API keys, in the database of the trail; its migrations are there, too."""

from typing import Final

import sqlalchemy as sa

from pixelmill.audit.table import METADATA, TEXT

API_KEY: Final = sa.Table(
    "api_key",
    METADATA,
    sa.Column("key_id", TEXT, primary_key=True),
    sa.Column("digest", sa.LargeBinary, nullable=False, comment="SHA-256 of the text of the key"),
    sa.Column("tenant", TEXT, nullable=False),
    sa.Column("scopes", sa.ARRAY(TEXT), nullable=False),
    sa.Column("webhook_url", sa.Text),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("revoked_at", sa.DateTime(timezone=True), comment="Null while the key is good"),
    comment="Every API key that was made",
)
