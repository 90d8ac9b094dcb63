"""Writes rows of the trail."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
import structlog

from pixelmill.audit import queries
from pixelmill.audit.connection import open_engine, reason_of
from pixelmill.audit.record import TrailRecord
from pixelmill.domain.errors import TrailUnavailable
from pixelmill.settings import AuditSettings

ANSWER_SECONDS: Final = 10.0
"""Longest wait for one statement. A batch takes tens of milliseconds; a longer silence is an outage. It also bounds
how long a stopping worker waits for its last batch."""

_log = structlog.get_logger()


@dataclass(frozen=True)
class Written:
    """What became of a batch."""

    rows: int
    """Rows that are new; the others were there already."""
    refused: list[TrailRecord]
    """Records Postgres can never take, such as text with a NUL in it."""


class TrailRows:
    """Adds rows, from one thread at a time.

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
            name="pixelmill trail writer",
        )

    def add(self, records: Sequence[TrailRecord]) -> Written:
        """Add a row for every record, in one transaction; if Postgres refuses one of them, each in its own.

        Raises:
            TrailUnavailable: Postgres does not answer, or does not accept writes now. Adding again is safe.
        """
        if not records:
            return Written(0, [])
        try:
            return Written(self._insert(records), [])
        except (sa.exc.DataError, sa.exc.IntegrityError):
            return self._add_singly(records)

    def close(self) -> None:
        """Close the connection."""
        self._engine.dispose()

    def _add_singly(self, records: Sequence[TrailRecord]) -> Written:
        rows, refused = 0, []
        for record in records:
            try:
                rows += self._insert([record])
            except (sa.exc.DataError, sa.exc.IntegrityError):
                refused.append(record)
        return Written(rows, refused)

    def _insert(self, records: Sequence[TrailRecord]) -> int:
        try:
            with self._engine.begin() as connection:
                added = connection.execute(queries.add_rows(), [queries.row_of(record) for record in records])
                return len(added.all())
        except (sa.exc.DataError, sa.exc.IntegrityError):
            raise
        except sa.exc.SQLAlchemyError as error:
            _log.warning("trail_not_writable", reason=reason_of(error), rows=len(records))
            raise TrailUnavailable from error
