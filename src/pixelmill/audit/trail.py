"""What the trail can be asked: how a task stands, pages of history, and what was accepted and never ended."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar

import sqlalchemy as sa
import structlog
from pydantic import BaseModel, ConfigDict, Field

from pixelmill.audit import queries
from pixelmill.audit.connection import open_engine, reason_of
from pixelmill.audit.lately import MAX_TASKS, WINDOW_SECONDS, Lately, lately_of
from pixelmill.domain import cursor as cursors
from pixelmill.domain.errors import TrailUnavailable
from pixelmill.domain.task import Status, Task, TaskId, Work
from pixelmill.settings import AuditSettings

ANSWER_SECONDS: Final = 2.0
"""Longest wait for an answer: a page over a million rows takes milliseconds."""

POOL_SECONDS: Final = 0.5
CONNECTIONS: Final = 4
"""Few: they also bound how many of the api's threads can hang on a Postgres that went silent."""

COOL_DOWN_SECONDS: Final = 1.0
"""How long an outage is taken for granted before Postgres is tried again."""

_Answer = TypeVar("_Answer")
_log = structlog.get_logger()


class HistoryPage(BaseModel):
    """One page of the history, newest first."""

    model_config = ConfigDict(frozen=True)

    tasks: list[Task]
    next_cursor: str | None = Field(default=None, description="Ask for the next page with this; null on the last.")


class Trail:
    """Reads the trail, from any thread; every answer comes, or fails, within about two seconds.

    Connects on first use, so it may be made before a fork.

    Args:
        settings: Where Postgres is.

    Raises:
        SettingsError: The URL is not one of PostgreSQL.
    """

    def __init__(self, settings: AuditSettings) -> None:
        self._engine = open_engine(
            settings.database_url,
            answer_seconds=ANSWER_SECONDS,
            connections=CONNECTIONS,
            pool_seconds=POOL_SECONDS,
            name="pixelmill trail",
        )
        self._silent_until = 0.0

    def find(self, task_id: TaskId) -> Task | None:
        """The task by its last acceptance, or None where the trail has none; a pending one is as it was accepted.

        Raises:
            TrailUnavailable: Postgres does not answer.
        """
        document = self._ask(lambda connection: connection.scalar(queries.last(task_id)))
        return None if document is None else Task.model_validate(document)

    def history(
        self,
        *,
        status: Status | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        source: str | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> HistoryPage:
        """Tasks, those accepted last first. A pending one is as it was accepted, however far it is by now.

        Args:
            status: Only tasks that stand so.
            since: Only tasks accepted at this moment or later.
            until: Only tasks accepted before this moment.
            source: Only tasks of exactly this source: a URL as `pixelmill.domain.url` leaves it, or
                `sha256:<hex>` for an upload.
            cursor: `next_cursor` of the page before.
            limit: Most tasks on the page, at least 1.

        Raises:
            InvalidRequest: The cursor is not one of ours; names the field `cursor`.
            TrailUnavailable: Postgres does not answer.
        """
        after = None if cursor is None else cursors.decode(cursor)
        # One row more than asked for tells whether there is another page.
        query = queries.page(status=status, since=since, until=until, source=source, after=after, limit=limit + 1)
        rows = self._ask(lambda connection: connection.execute(query).all())
        next_cursor = None
        if len(rows) > limit:
            last = rows[limit - 1]
            next_cursor = cursors.encode(cursors.Position(last.queued_at, last.acceptance_id))
        return HistoryPage(tasks=[Task.model_validate(row.task) for row in rows[:limit]], next_cursor=next_cursor)

    def lately(self) -> Lately:
        """How the newest tasks of the last hour fared.

        Raises:
            TrailUnavailable: Postgres does not answer.
        """
        query = queries.lately(datetime.now(UTC) - timedelta(seconds=WINDOW_SECONDS), MAX_TASKS)
        return lately_of(self._ask(lambda connection: connection.execute(query).all()))

    def unfinished(self, after: cursors.Position | None, limit: int) -> list[Work]:
        """Up to `limit` tasks that were accepted and have not ended, the oldest first.

        Args:
            after: The place of the last one before: when it was queued, and the id of its acceptance.
            limit: Most of them.

        Raises:
            TrailUnavailable: Postgres does not answer.
        """
        works = self._ask(lambda connection: connection.scalars(queries.unfinished(after, limit)).all())
        return [Work.model_validate(work) for work in works]

    def ping(self) -> None:
        """Ask Postgres for a sign of life.

        Raises:
            TrailUnavailable: There is none.
        """
        self._ask(lambda connection: connection.scalar(queries.sign_of_life()))

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def _ask(self, question: Callable[[sa.Connection], _Answer]) -> _Answer:
        if time.monotonic() < self._silent_until:
            raise TrailUnavailable(retry_after_seconds=1)
        try:
            return self._ask_twice(question)
        except sa.exc.DBAPIError as error:
            self._silent_until = time.monotonic() + COOL_DOWN_SECONDS
            _log.warning("trail_unavailable", reason=reason_of(error))
            raise TrailUnavailable(retry_after_seconds=1) from error
        except sa.exc.TimeoutError as error:  # every connection is busy: no outage
            raise TrailUnavailable(retry_after_seconds=1) from error

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
        with self._engine.connect() as connection:
            return question(connection)
