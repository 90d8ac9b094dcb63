"""Writes rows of the trail."""

from collections.abc import Iterable, Sequence
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
class Placed:
    """A record, and where the stream has it: numbers that grow from entry to entry."""

    record: TrailRecord
    position: int


@dataclass(frozen=True)
class Written:
    """What became of a batch."""

    rows: int
    """Rows that are new or changed; the others said so already, or something later."""
    refused: list[Placed]
    """Records Postgres can never take, such as text with a NUL in it."""


class TrailRows:
    """Puts rows, from one thread at a time.

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

    def put(self, records: Iterable[Placed]) -> Written:
        """Put a row for every acceptance, in one transaction; if Postgres refuses one of them, each in its own.

        In any order, and however often: an end takes the place of an acceptance, a later end that of an earlier one.

        Raises:
            TrailUnavailable: Postgres does not answer, or does not accept writes now. Putting again is safe.
        """
        latest = _latest(records)
        if not latest:
            return Written(0, [])
        try:
            return Written(self._insert(latest), [])
        except (sa.exc.DataError, sa.exc.IntegrityError):
            return self._put_singly(latest)

    def close(self) -> None:
        """Close the connection."""
        self._engine.dispose()

    def _put_singly(self, records: Sequence[Placed]) -> Written:
        rows, refused = 0, []
        for record in records:
            try:
                rows += self._insert([record])
            except (sa.exc.DataError, sa.exc.IntegrityError):
                refused.append(record)
        return Written(rows, refused)

    def _insert(self, records: Sequence[Placed]) -> int:
        try:
            with self._engine.begin() as connection:
                rows = [queries.row_of(placed.record, placed.position) for placed in records]
                return len(connection.execute(queries.put_rows(), rows).all())
        except (sa.exc.DataError, sa.exc.IntegrityError):
            raise
        except sa.exc.SQLAlchemyError as error:
            _log.warning("trail_not_writable", reason=reason_of(error), rows=len(records))
            raise TrailUnavailable from error


def _latest(records: Iterable[Placed]) -> list[Placed]:
    """The last that is told of each acceptance; one statement cannot put a row twice."""
    latest: dict[str, Placed] = {}
    for placed in sorted(records, key=lambda placed: (placed.record.task.status.is_final, placed.position)):
        latest[placed.record.acceptance_id] = placed
    return list(latest.values())
