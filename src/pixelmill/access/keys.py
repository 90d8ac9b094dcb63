"""API keys in Postgres: made, listed, revoked. What is kept of their texts are digests."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from pixelmill.access.key_text import digest_of, new_key_id, new_key_text
from pixelmill.access.table import API_KEY
from pixelmill.audit.questions import Questions
from pixelmill.domain.access import ApiKey, CreateApiKeyRequest, Scope
from pixelmill.domain.errors import ApiKeysUnavailable
from pixelmill.settings import AuditSettings

_SHOWN = [API_KEY.c[name] for name in ApiKey.model_fields]


class ApiKeys:
    """The keys, from any thread. Connects on first use.

    Every method raises `ApiKeysUnavailable` when Postgres does not answer within about two seconds.

    Args:
        settings: Where Postgres is.

    Raises:
        SettingsError: The URL is not one of PostgreSQL.
    """

    def __init__(self, settings: AuditSettings) -> None:
        self._postgres = Questions(settings.database_url, "pixelmill api keys", ApiKeysUnavailable)

    def create(self, wanted: CreateApiKeyRequest) -> tuple[ApiKey, str]:
        """Make a key.

        Returns:
            The key, and its text, which nobody can find out later.
        """
        key = ApiKey(
            key_id=new_key_id(),
            tenant=wanted.tenant,
            scopes=[scope for scope in Scope if scope in wanted.scopes],
            webhook_url=wanted.webhook_url,
            created_at=datetime.now(UTC),
        )
        text = new_key_text(key.key_id)
        # A question may be asked twice: the second time the row is there.
        put = insert(API_KEY).values(digest=digest_of(text), **key.model_dump()).on_conflict_do_nothing()
        self._postgres.ask(lambda connection: connection.execute(put))
        return key, text

    def list_all(self) -> list[ApiKey]:
        """All keys that were ever made, the newest first."""
        query = sa.select(*_SHOWN).order_by(API_KEY.c.created_at.desc(), API_KEY.c.key_id)
        return [
            _key_of(row) for row in self._postgres.ask(lambda connection: connection.execute(query).mappings().all())
        ]

    def revoke(self, key_id: str) -> ApiKey | None:
        """Have a key open nothing any more; every api knows within seconds. Doing it twice is no error.

        Returns:
            The key; None if there is none with this id.
        """
        revoked_at = sa.func.coalesce(API_KEY.c.revoked_at, datetime.now(UTC))
        change = sa.update(API_KEY).where(API_KEY.c.key_id == key_id).values(revoked_at=revoked_at).returning(*_SHOWN)
        row = self._postgres.ask(lambda connection: connection.execute(change).mappings().one_or_none())
        return _key_of(row) if row else None

    def good(self) -> dict[bytes, ApiKey]:
        """The keys that are not revoked, by the digests of their texts."""
        query = sa.select(API_KEY.c.digest, *_SHOWN).where(API_KEY.c.revoked_at.is_(None))
        rows = self._postgres.ask(lambda connection: connection.execute(query).mappings().all())
        return {bytes(row["digest"]): _key_of(row) for row in rows}

    def close(self) -> None:
        """Close all connections."""
        self._postgres.close()


def _key_of(row: Mapping[Any, Any]) -> ApiKey:
    return ApiKey.model_validate(dict(row))
