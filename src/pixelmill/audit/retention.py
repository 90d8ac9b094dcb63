"""Rows of the trail that are old enough to go."""

from datetime import datetime
from typing import Final

import sqlalchemy as sa

from pixelmill.audit import queries
from pixelmill.audit.connection import open_engine, reason_of
from pixelmill.domain.errors import TrailUnavailable
from pixelmill.settings import AuditSettings

BATCH_ROWS: Final = 1000
"""Deleted in one transaction: some ten milliseconds of Postgres' time, and nobody waits for it."""

ANSWER_SECONDS: Final = 10.0


class TrailRetention:
    """Removes old rows, from one thread at a time. Connects on first use.

    Args:
        settings: Where Postgres is.

    Raises:
        SettingsError: The URL is not one of PostgreSQL.
    """

    def __init__(self, settings: AuditSettings) -> None:
        self._engine = open_engine(
            settings.database_url,
            answer_seconds=ANSWER_SECONDS,
            connections=1,
            pool_seconds=ANSWER_SECONDS,
            name="pixelmill trail retention",
        )

    def remove_batch(self, before: datetime) -> int:
        """Remove up to `BATCH_ROWS` tasks that were accepted before a time, the oldest first; returns how many.

        Raises:
            TrailUnavailable: Postgres does not answer, or does not accept writes now.
        """
        try:
            with self._engine.begin() as connection:
                return connection.execute(queries.remove_rows(before, BATCH_ROWS)).rowcount
        except sa.exc.SQLAlchemyError as error:
            raise TrailUnavailable(reason_of(error)) from error

    def close(self) -> None:
        """Close the connection."""
        self._engine.dispose()
