"""What the trail can be asked: the last end of a task, and pages of history."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from pixelmill.domain.task import Status, Task, TaskId
from pixelmill.settings import AuditSettings


class HistoryPage(BaseModel):
    """One page of the history, newest first."""

    model_config = ConfigDict(frozen=True)

    tasks: list[Task]
    next_cursor: str | None = Field(default=None, description="Ask for the next page with this; null on the last.")


class Trail:
    """Reads the trail, from any thread; every answer comes, or fails, within about two seconds.

    Connects on first use, so it may be made before a fork.
    """

    def __init__(self, settings: AuditSettings) -> None:
        raise NotImplementedError

    def find(self, task_id: TaskId) -> Task | None:
        """The task as its last execution left it, or None where the trail has none.

        Raises:
            TrailUnavailable: Postgres does not answer.
        """
        raise NotImplementedError

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
        """Ended tasks, newest first.

        Args:
            status: Only tasks that ended so.
            since: Only tasks finished at this moment or later.
            until: Only tasks finished before this moment.
            source: Only tasks of exactly this source: a URL as `pixelmill.submit.normalize` leaves it, or
                `sha256:<hex>` for an upload.
            cursor: `next_cursor` of the page before.
            limit: Most tasks on the page, at least 1.

        Raises:
            InvalidRequest: The cursor is not one of ours; names the field `cursor`.
            TrailUnavailable: Postgres does not answer.
        """
        raise NotImplementedError

    def ping(self) -> None:
        """Ask Postgres for a sign of life.

        Raises:
            TrailUnavailable: There is none.
        """
        raise NotImplementedError

    def close(self) -> None:
        """Close all connections."""
        raise NotImplementedError
