"""What the trail can be asked: how a task stands, pages of history, and what was accepted and never ended."""

from datetime import UTC, datetime, timedelta

from pydantic import BaseModel, ConfigDict, Field

from pixelmill.audit import queries
from pixelmill.audit.lately import MAX_TASKS, WINDOW_SECONDS, lately_of
from pixelmill.audit.questions import Questions
from pixelmill.audit.wanted import EVERYTHING, Wanted
from pixelmill.domain import cursor as cursors
from pixelmill.domain.errors import TrailUnavailable
from pixelmill.domain.overview import Lately
from pixelmill.domain.task import Task, TaskId, Work
from pixelmill.settings import AuditSettings


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
        self._postgres = Questions(settings.database_url, "pixelmill trail", TrailUnavailable)

    def find(self, task_id: TaskId) -> Task | None:
        """The task by its last acceptance, or None where the trail has none; a pending one is as it was accepted.

        Raises:
            TrailUnavailable: Postgres does not answer.
        """
        document = self._postgres.ask(lambda connection: connection.scalar(queries.last(task_id)))
        return None if document is None else Task.model_validate(document)

    def history(self, wanted: Wanted = EVERYTHING, *, cursor: str | None = None, limit: int = 50) -> HistoryPage:
        """Tasks, those accepted last first. A pending one is as it was accepted, however far it is by now.

        Args:
            wanted: Which of them.
            cursor: `next_cursor` of the page before.
            limit: Most tasks on the page, at least 1.

        Raises:
            InvalidRequest: The cursor is not one of ours; names the field `cursor`.
            TrailUnavailable: Postgres does not answer.
        """
        after = None if cursor is None else cursors.decode(cursor)
        # One row more than asked for tells whether there is another page.
        query = queries.page(wanted, after, limit + 1)
        rows = self._postgres.ask(lambda connection: connection.execute(query).all())
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
        return lately_of(self._postgres.ask(lambda connection: connection.execute(query).all()))

    def unfinished(self, after: cursors.Position | None, limit: int) -> list[Work]:
        """Up to `limit` tasks that were accepted and have not ended, the oldest first.

        Args:
            after: The place of the last one before: when it was queued, and the id of its acceptance.
            limit: Most of them.

        Raises:
            TrailUnavailable: Postgres does not answer.
        """
        works = self._postgres.ask(lambda connection: connection.scalars(queries.unfinished(after, limit)).all())
        return [Work.model_validate(work) for work in works]

    def ping(self) -> None:
        """Ask Postgres for a sign of life.

        Raises:
            TrailUnavailable: There is none.
        """
        self._postgres.ask(lambda connection: connection.scalar(queries.sign_of_life()))

    def close(self) -> None:
        """Close all connections."""
        self._postgres.close()
