"""API keys in a real Postgres."""

from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest

from pixelmill.access.key_text import digest_of
from pixelmill.access.keys import ApiKeys
from pixelmill.audit.migrate import migrate
from pixelmill.domain.access import CreateApiKeyRequest, Scope
from pixelmill.domain.errors import ApiKeysUnavailable
from pixelmill.settings import AuditSettings

HOOK = "https://example.com/hook"


@pytest.fixture
def keys(database_url: str) -> Iterator[ApiKeys]:
    migrate(database_url)
    with closing(ApiKeys(AuditSettings(database_url=database_url))) as keys:
        yield keys


def test_a_key_is_found_by_the_digest_of_its_text(keys: ApiKeys) -> None:
    """With all that was asked for it; scopes in one order."""
    wanted = CreateApiKeyRequest(tenant="shop", scopes=frozenset({Scope.OPERATE, Scope.SUBMIT}), webhook_url=HOOK)
    key, text = keys.create(wanted)

    assert keys.good() == {digest_of(text): key}
    assert (key.tenant, key.scopes, key.webhook_url) == ("shop", [Scope.SUBMIT, Scope.OPERATE], HOOK)
    assert text.startswith(f"pm_{key.key_id}_")


def test_the_text_of_a_key_is_not_kept(keys: ApiKeys, database_url: str) -> None:
    """Whoever reads the database can call nobody's tasks their own."""
    _, text = keys.create(CreateApiKeyRequest(tenant="shop"))
    with psycopg.connect(database_url) as connection:
        (row,) = connection.execute("SELECT api_key::text FROM api_key").fetchall()
    assert text.rpartition("_")[2] not in row[0]


def test_a_tenant_may_have_several_keys_and_revoke_one(keys: ApiKeys) -> None:
    """That is how a key is replaced without a pause."""
    (old, _), (new, text) = (keys.create(CreateApiKeyRequest(tenant="shop")) for _ in range(2))

    revoked = keys.revoke(old.key_id)

    assert revoked is not None
    assert revoked.revoked_at is not None
    assert keys.good() == {digest_of(text): new}
    assert keys.list_all() == [new, revoked]


def test_revoking_twice_changes_nothing(keys: ApiKeys) -> None:
    """The moment stays the first one."""
    key, _ = keys.create(CreateApiKeyRequest(tenant="shop"))
    assert keys.revoke(key.key_id) == keys.revoke(key.key_id)


def test_a_key_that_was_never_made_cannot_be_revoked(keys: ApiKeys) -> None:
    """Nothing changes."""
    assert keys.revoke("0" * 12) is None


def test_without_postgres_keys_are_unavailable() -> None:
    """In the words of the catalogue."""
    with (
        closing(ApiKeys(AuditSettings(database_url="postgresql://pixelmill@127.0.0.1:1/pixelmill"))) as keys,
        pytest.raises(ApiKeysUnavailable),
    ):
        keys.good()
