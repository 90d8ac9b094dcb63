"""The URL of the database."""

import pytest

from pixelmill.audit.connection import database_url
from pixelmill.settings import SettingsError


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_usual_spelling_leads_to_our_driver(scheme: str) -> None:
    """Hosters hand out `postgres://`, SQLAlchemy wants the driver in the scheme."""
    url = database_url(f"{scheme}://me:pa%40ss@db.example:5433/pixelmill?sslmode=require")

    assert url.drivername == "postgresql+psycopg"
    assert (url.username, url.password, url.host, url.port) == ("me", "pa@ss", "db.example", 5433)
    assert (url.database, url.query) == ("pixelmill", {"sslmode": "require"})


def test_a_unix_socket_is_kept() -> None:
    """`pixelmill up` reaches Postgres through one."""
    assert database_url("postgresql://me@/pixelmill?host=/run/pg").query == {"host": "/run/pg"}


@pytest.mark.parametrize("url", ["mysql://me:secret@db/pixelmill", "secret", "", "postgresql+asyncpg://me:secret@db/x"])
def test_another_database_is_refused_without_repeating_the_password(url: str) -> None:
    """The complaint names the setting and ends up in logs."""
    with pytest.raises(SettingsError, match="DATABASE_URL: expected postgresql://") as refusal:
        database_url(url)

    assert "secret" not in str(refusal.value)
