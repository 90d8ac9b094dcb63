"""postgres/on_init.sql: what the Postgres container runs once, here on a real server."""

import os
import secrets
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

from pixelmill.audit.migrate import migrate
from pixelmill.audit.trail import Trail
from pixelmill.settings import AuditSettings
from pixelmill.stack.servers import postgres as postgres_server
from tests.deploy.conftest import ROOT
from tests.support.servers import PostgresServer

ADMIN = "postgres"
ADMIN_PASSWORD = secrets.token_urlsafe(12)
PASSWORD = f'it\'s a \\ {secrets.token_urlsafe(12)} "secret"'  # with all that would need escaping


@dataclass(frozen=True)
class Container:
    """A server set up as the container's entry point does it."""

    server: PostgresServer

    def url(self, user: str, password: str, database: str = "pixelmill") -> str:
        return f"postgresql://{user}:{quote(password)}@/{database}?host={self.server.folder}"

    def run_script(self) -> None:
        command: list[str | Path] = [
            postgres_server.programs("psql"),
            "--no-psqlrc",
            "--quiet",
            f"--host={self.server.folder}",
        ]
        command += ["--username", ADMIN, "--dbname", "pixelmill", "--file", ROOT / "postgres" / "on_init.sql"]
        environment = os.environ | {"PGPASSWORD": ADMIN_PASSWORD, "POSTGRES_PASSWORD": PASSWORD}
        subprocess.run(command, env=environment, check=True, timeout=30)


@pytest.fixture(scope="module")
def container() -> Iterator[Container]:
    with PostgresServer(durable=False) as server:
        with psycopg.connect(server.url(), autocommit=True) as connection:
            connection.execute(f"CREATE ROLE {ADMIN} SUPERUSER LOGIN PASSWORD '{ADMIN_PASSWORD}'".encode())
        container = Container(server)
        with psycopg.connect(container.url(ADMIN, ADMIN_PASSWORD, "postgres"), autocommit=True) as connection:
            connection.execute("ALTER ROLE pixelmill RENAME TO somebody_else")  # who the test's server belongs to
            connection.execute("CREATE DATABASE pixelmill")
        container.run_script()
        yield container


def test_the_trail_is_kept_by_a_role_that_owns_it_and_no_more(container: Container) -> None:
    """What gets hold of the service's connection gets the trail, not the server."""
    url = container.url("pixelmill", PASSWORD)
    migrate(url)
    trail = Trail(AuditSettings(database_url=url))
    trail.ping()
    trail.close()

    with psycopg.connect(url) as connection:
        rights = (
            "SELECT rolsuper, rolcreatedb, rolcreaterole, rolreplication FROM pg_roles WHERE rolname = current_user"
        )
        assert connection.execute(rights).fetchone() == (False, False, False, False)
        assert connection.execute("SHOW idle_in_transaction_session_timeout").fetchone() == ("1min",)


def test_nobody_else_may_connect_to_the_trail(container: Container) -> None:
    """Another application on the same server has a role too."""
    with psycopg.connect(container.url("pixelmill", PASSWORD)) as connection:
        query = "SELECT has_database_privilege('public', 'pixelmill', 'CONNECT')"
        assert connection.execute(query).fetchone() == (False,)


def test_the_superuser_cannot_log_in_by_password(container: Container) -> None:
    """Its password would be the service's."""
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(container.url(ADMIN, ADMIN_PASSWORD))
