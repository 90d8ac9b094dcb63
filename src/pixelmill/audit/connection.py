"""Connections to Postgres that never wait for ever.

Postgres' own `statement_timeout` does not help when the server is stopped, swapped out or behind a network that drops
packets: the client would wait for an answer without end. So every wait has a deadline on this side too.
"""

from typing import Any, Final, TypeVar

import psycopg
import sqlalchemy as sa
from psycopg.abc import PQGen
from psycopg.pq import TransactionStatus
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.pool import ConnectionPoolEntry

from pixelmill.settings import SettingsError

CONNECT_SECONDS: Final = 2
"""The shortest that libpq and psycopg honor."""

_DRIVER: Final = "postgresql+psycopg"
_SPELLINGS: Final = {"postgres", "postgresql", _DRIVER}
_WAIT_INTERVAL_SECONDS: Final = 0.1  # psycopg's own default; how soon a signal is noticed

_Answer = TypeVar("_Answer")


def database_url(url: str) -> sa.URL:
    """The URL with our driver, from any of the usual spellings (`postgres://`, `postgresql://`).

    Raises:
        SettingsError: It is not the URL of a PostgreSQL database; it is not repeated, as it may hold a password.
    """
    try:
        parsed = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError):
        raise SettingsError("DATABASE_URL: expected postgresql://user@host/database") from None
    if parsed.drivername not in _SPELLINGS:
        raise SettingsError(f"DATABASE_URL: expected postgresql://, received {parsed.drivername}://")
    return parsed.set(drivername=_DRIVER)


def open_engine(url: str, *, answer_seconds: float, connections: int, pool_seconds: float, name: str) -> sa.Engine:
    """An engine whose every answer comes or fails in time; it connects on first use.

    Args:
        url: As `database_url` takes it.
        answer_seconds: How long one statement may take.
        connections: Most connections at once.
        pool_seconds: How long to wait for one of them to be free.
        name: What an operator sees in `pg_stat_activity`.
    """
    engine = sa.create_engine(
        database_url(url),
        hide_parameters=True,  # they hold URLs, whose query strings may be secrets
        pool_size=connections,
        max_overflow=0,
        pool_timeout=pool_seconds,
    )

    @sa.event.listens_for(engine, "do_connect")
    def _connect(
        _dialect: Dialect, _entry: ConnectionPoolEntry, arguments: list[Any], options: dict[str, Any]
    ) -> psycopg.Connection[Any]:
        # The server gives up a little earlier, so that a slow query is reported as such and does not run on.
        server_options = f"{options.get('options', '')} -c statement_timeout={int(answer_seconds * 900)}".strip()
        options |= {"options": server_options, "connect_timeout": CONNECT_SECONDS, "application_name": name}
        connection = PunctualConnection.connect(*arguments, **options)
        connection.answer_seconds = answer_seconds
        return connection

    return engine


def reason_of(error: sa.exc.SQLAlchemyError) -> str:
    """Why Postgres did not do what it was asked to, for the log: without statements, parameters or row contents."""
    cause = error.orig if isinstance(error, sa.exc.DBAPIError) else error
    if isinstance(cause, psycopg.OperationalError):  # about the server, never about data
        return f"{type(cause).__name__}: {cause}".strip()
    return type(cause).__name__


class PunctualConnection(psycopg.Connection[Any]):
    """A connection that breaks, and says so, when the server leaves it without an answer."""

    answer_seconds: float | None = None

    def wait(
        self, gen: PQGen[_Answer], interval: float = _WAIT_INTERVAL_SECONDS, timeout: float | None = None
    ) -> _Answer:
        """As psycopg's, with a deadline.

        Raises:
            psycopg.OperationalError: Also when no answer came in time. The connection is closed then: what the
                server will make of the statement is not known.
        """
        try:
            return super().wait(gen, interval, timeout or self.answer_seconds)
        except psycopg.OperationalError:
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                self.pgconn.finish()
            raise
