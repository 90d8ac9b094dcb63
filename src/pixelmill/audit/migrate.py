"""Brings the trail's schema up to date. `migrations/versions` has a file per change, named in order."""

from pathlib import Path
from typing import Final

import sqlalchemy as sa
import structlog
from alembic import command
from alembic.config import Config

from pixelmill.audit.connection import open_engine, reason_of
from pixelmill.domain.errors import TrailUnavailable

MIGRATIONS_DIR: Final = Path(__file__).parent / "migrations"

LOCK: Final = 5_023_017_718
"""Of the advisory lock a migrating process holds: any number no other application on the database uses."""

ANSWER_SECONDS: Final = 600.0
"""Longest single statement: an index over many millions of rows takes minutes."""

_log = structlog.get_logger()


def migrate(database_url: str) -> None:
    """Bring the schema to the newest version; does nothing where it is.

    Any number of processes may call this at once: they take turns. All of it happens in one transaction, so a
    migration that is killed leaves the schema as it was.

    Args:
        database_url: `postgresql://...`, as in `AuditSettings.database_url`.

    Raises:
        SettingsError: The URL is not one of PostgreSQL.
        TrailUnavailable: Postgres cannot be reached, refuses, or another process migrates for longer than ten minutes.
    """
    engine = open_engine(
        database_url, answer_seconds=ANSWER_SECONDS, connections=1, pool_seconds=1, name="pixelmill migrate"
    )
    try:
        with engine.begin() as connection:
            command.upgrade(_config(connection), "head")
    except sa.exc.SQLAlchemyError as error:
        _log.error("migration_failed", reason=reason_of(error))
        raise TrailUnavailable from error
    finally:
        engine.dispose()


def _config(connection: sa.Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS_DIR).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
