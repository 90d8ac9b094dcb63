"""The state of the trail's database, for the operator."""

from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from pixelmill.audit.connection import open_engine, reason_of
from pixelmill.audit.migrate import MIGRATIONS_DIR
from pixelmill.audit.table import VERSION_TABLE
from pixelmill.domain.errors import TrailUnavailable

ANSWER_SECONDS: Final = 5.0


@dataclass(frozen=True)
class Condition:
    """What was found.

    Attributes:
        server_version: As `17.2`.
        revision: The last migration applied; None where none was.
        newest_revision: The last migration this version of Pixelmill has.
    """

    server_version: str
    revision: str | None
    newest_revision: str | None


def inspect(database_url: str) -> Condition:
    """Look at the database, changing nothing.

    Raises:
        SettingsError: The URL is not one of PostgreSQL.
        TrailUnavailable: Postgres cannot be reached or refuses; the detail says why, for the operator's eyes only.
    """
    engine = open_engine(
        database_url, answer_seconds=ANSWER_SECONDS, connections=1, pool_seconds=1, name="pixelmill doctor"
    )
    try:
        with engine.connect() as connection:
            return Condition(
                server_version=str(connection.scalar(sa.text("SHOW server_version"))),
                revision=MigrationContext.configure(
                    connection, opts={"version_table": VERSION_TABLE}
                ).get_current_revision(),
                newest_revision=ScriptDirectory(str(MIGRATIONS_DIR)).get_current_head(),
            )
    except sa.exc.SQLAlchemyError as error:
        raise TrailUnavailable(reason_of(error)) from error
    finally:
        engine.dispose()
