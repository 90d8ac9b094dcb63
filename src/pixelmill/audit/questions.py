"""Ask Postgres while somebody waits for the answer: it comes, or fails, within about two seconds."""

import time
from collections.abc import Callable
from typing import Final, TypeVar

import sqlalchemy as sa
import structlog

from pixelmill.audit.connection import open_engine, reason_of
from pixelmill.domain.errors import PixelmillError

ANSWER_SECONDS: Final = 2.0
"""Longest wait for an answer: a page over a million rows takes milliseconds."""

POOL_SECONDS: Final = 0.5
CONNECTIONS: Final = 4
"""Few: they also bound how many of the api's threads can hang on a Postgres that went silent."""

COOL_DOWN_SECONDS: Final = 1.0
"""How long an outage is taken for granted before Postgres is tried again."""

_Answer = TypeVar("_Answer")
_log = structlog.get_logger()


class Questions:
    """Asks from any thread. Connects on first use, so it may be made before a fork.

    Args:
        database_url: Where Postgres is.
        name: What an operator sees in `pg_stat_activity`.
        unavailable: The error of an outage.

    Raises:
        SettingsError: The URL is not one of PostgreSQL.
    """

    def __init__(self, database_url: str, name: str, unavailable: type[PixelmillError]) -> None:
        self._engine = open_engine(
            database_url,
            answer_seconds=ANSWER_SECONDS,
            connections=CONNECTIONS,
            pool_seconds=POOL_SECONDS,
            name=name,
        )
        self._unavailable = unavailable
        self._silent_until = 0.0

    def ask(self, question: Callable[[sa.Connection], _Answer]) -> _Answer:
        """Ask in a transaction of its own. What is asked may be asked twice.

        Raises:
            PixelmillError: The error of an outage, if Postgres does not answer.
        """
        if time.monotonic() < self._silent_until:
            raise self._unavailable(retry_after_seconds=1)
        try:
            return self._ask_twice(question)
        except sa.exc.DBAPIError as error:
            self._silent_until = time.monotonic() + COOL_DOWN_SECONDS
            _log.warning("postgres_unavailable", error=self._unavailable.code, reason=reason_of(error))
            raise self._unavailable(retry_after_seconds=1) from error
        except sa.exc.TimeoutError as error:  # every connection is busy: no outage
            raise self._unavailable(retry_after_seconds=1) from error

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def _ask_twice(self, question: Callable[[sa.Connection], _Answer]) -> _Answer:
        """Ask; once more if the pooled connection is from before a restart of Postgres: it breaks at once, not late."""
        asked_at = time.monotonic()
        try:
            return self._ask_once(question)
        except sa.exc.DBAPIError as error:
            was_late = time.monotonic() - asked_at >= ANSWER_SECONDS
            if was_late or not error.connection_invalidated:
                raise
            return self._ask_once(question)

    def _ask_once(self, question: Callable[[sa.Connection], _Answer]) -> _Answer:
        with self._engine.begin() as connection:
            return question(connection)
