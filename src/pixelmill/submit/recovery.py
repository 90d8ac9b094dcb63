"""Keep promises that Redis has forgotten: start again what was accepted, has not ended, and is not in the queue.

The trail has what was accepted, and what starts it again. Doing this twice, or while the service runs, does no harm.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

import structlog

from pixelmill.audit.trail import Trail
from pixelmill.domain.cursor import Position
from pixelmill.domain.errors import Canceled, PixelmillError, SourceNotFound, TrailUnavailable
from pixelmill.domain.source import UploadSource
from pixelmill.domain.task import Status, Task, Work, accepted
from pixelmill.queue.task_queue import TaskQueue
from pixelmill.store.store import Store

BATCH_TASKS: Final = 100

MAX_LAG_SECONDS: Final = 30.0
"""Redis forgets no end sooner than after a minute, by default. A trail that is not so far behind has it by then."""

_log = structlog.get_logger()


@dataclass
class Recovered:
    """What was found, and done unless it was asked for nothing to be done.

    Attributes:
        requeued: Tasks the queue did not know; they were started again.
        known: Tasks the queue has; nothing was lost.
        superseded: Tasks that were submitted again since; their first acceptance was closed.
        gone: Ids of tasks whose upload is not there any more; they were closed as failed.
    """

    requeued: int = 0
    known: int = 0
    superseded: int = 0
    gone: list[str] = field(default_factory=list)


class Recovery:
    """Compares the trail with the queue.

    Args:
        trail: Has what was accepted.
        queue: Has what is pending.
        store: Has the uploads.
        dry_run: Whether to look only.
    """

    def __init__(self, trail: Trail, queue: TaskQueue, store: Store, *, dry_run: bool) -> None:
        self._trail = trail
        self._queue = queue
        self._store = store
        self._does = not dry_run
        self._folders: dict[str, set[str]] = {}

    async def run(self) -> Recovered:
        """Go through all tasks that have not ended.

        Raises:
            QueueFull: There is no room for more of them; run it again when there is.
            TrailUnavailable: Postgres does not answer, or is so far behind that ended tasks would be run again.
            QueueUnavailable: Redis does not answer.
            StoreUnavailable: The store cannot be read.
        """
        recovered, after = Recovered(), None
        while True:
            await self._require_up_to_date_trail()
            works = await asyncio.to_thread(self._trail.unfinished, after, BATCH_TASKS)
            for work in works:
                await self._judge(work, recovered)
            if len(works) < BATCH_TASKS:
                return recovered
            after = Position(works[-1].queued_at, works[-1].acceptance_id)

    async def _require_up_to_date_trail(self) -> None:
        lag_seconds = await self._queue.journal_lag_seconds()
        if lag_seconds > MAX_LAG_SECONDS:
            raise TrailUnavailable(
                f"The trail is {lag_seconds:.0f} seconds behind: what it takes for pending may have ended. "
                "Recover when it has caught up."
            )

    async def _judge(self, work: Work, recovered: Recovered) -> None:
        kept = await self._queue.find(work.task_id)
        if kept is None:
            await self._restore(work, recovered)
        elif kept.work.acceptance_id != work.acceptance_id:
            recovered.superseded += 1
            await self._close(work, Status.CANCELED, Canceled("It was submitted again before it was recovered."))
        else:
            recovered.known += 1

    async def _restore(self, work: Work, recovered: Recovered) -> None:
        if isinstance(work.source, UploadSource) and not await self._is_kept(work.source.key):
            recovered.gone.append(work.task_id)
            error = SourceNotFound("The uploaded image is no longer kept; please send it again.")
            await self._close(work, Status.FAILED, error)
            return
        recovered.requeued += 1
        if self._does:
            await self._queue.restore(work)
            _log.info("task_recovered", task_id=work.task_id)

    async def _is_kept(self, key: str) -> bool:
        folder = key.rpartition("/")[0]
        if folder not in self._folders:
            self._folders[folder] = {file.key for file in await self._store.list_files(folder)}
        return key in self._folders[folder]

    async def _close(self, work: Work, status: Status, error: PixelmillError) -> None:
        if self._does:
            await self._queue.tell_end(work, _ended(work, status, error))


def _ended(work: Work, status: Status, error: PixelmillError) -> Task:
    end = {"status": status, "stage": None, "error": error.as_task_error(), "finished_at": datetime.now(UTC)}
    return accepted(work).model_copy(update=end)
