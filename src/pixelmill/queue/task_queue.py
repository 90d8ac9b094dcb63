"""The queue as the rest of the code sees it: enqueue, look up, measure, expire."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

from pixelmill.domain.access import ANYBODY
from pixelmill.domain.overview import Workers
from pixelmill.domain.task import Priority, Task, Work
from pixelmill.queue.canceling import Canceler
from pixelmill.queue.dead_letters import DeadLetterPage, DeadLetters, Requeued
from pixelmill.queue.depth import QueueDepth, ended_lately, measure
from pixelmill.queue.engine import Engine, answered
from pixelmill.queue.expiry import Expiry
from pixelmill.queue.intake import Intake, Submission
from pixelmill.queue.journal import Journal
from pixelmill.queue.kept import Change, KeptTask
from pixelmill.queue.late_retries import bring_forward
from pixelmill.queue.presence import count_workers
from pixelmill.queue.reading import find
from pixelmill.queue.uploads import Uploads
from pixelmill.settings import QueueSettings, ResultSettings


class TaskQueue:
    """The queue and the state of its tasks, in Redis; `uploads` tells which of them use the same uploaded bytes.

    Every method raises `QueueUnavailable` when Redis does not answer within about 1.5 s.

    Args:
        settings: Where Redis is, and the rules of the queue.
        results: How long the ends of tasks are kept.
        journal: Told of what happens to tasks here.
    """

    def __init__(self, settings: QueueSettings, results: ResultSettings, journal: Journal) -> None:
        self._results = results
        self._engine = Engine(settings, results, journal)
        self._intake = Intake(self._engine, settings, results)
        self._expiry = Expiry(self._engine, results)
        self._dead_letters = DeadLetters(self._engine, self._intake, results)
        self.uploads = Uploads(self._engine, results)
        self._canceler = Canceler(self._engine, results)

    async def enqueue(self, work: Work, *, refresh: bool = False) -> Submission:
        """Have `work` done, unless its task is pending or has a fresh end already.

        Args:
            work: What to do; `work.task_id` names the task.
            refresh: Do it again even if a fresh result or failure is kept. A pending task is joined all the same.

        Raises:
            QueueFull: As many tasks wait as may wait; nothing was enqueued.
            QueueUnavailable: Redis does not answer; the task may or may not be enqueued.
        """
        return await self._intake.enqueue(work, refresh=refresh)

    async def join(self, task_id: str, priority: Priority, *, refresh: bool = False) -> Submission | None:
        """Answer a submission from what is there, enqueueing nothing.

        For submissions that are expensive to prepare: an upload is stored only if this returns None.

        Returns:
            None if the task has to be enqueued.

        Raises:
            QueueFull: It would have to be enqueued, and there is no room.
        """
        return await self._intake.join(task_id, priority, refresh=refresh)

    async def get(self, task_id: str) -> Task | None:
        """The task as callers see it; None if there is none, or the life of its end is over."""
        kept = await self.find(task_id)
        if kept is None or kept.is_over(self._results, datetime.now(UTC)):
            return None
        return kept.as_task(self._results)

    async def find(self, task_id: str) -> KeptTask | None:
        """What Redis keeps of the task, even if the life of its end is over."""
        return await find(self._engine, task_id)

    async def cancel(self, task_id: str, sees: Callable[[Task], bool] = ANYBODY.sees) -> Change | None:
        """End a task that is pending, for everybody who submitted it; the worker that runs it drops it within a second.

        Args:
            task_id: Which.
            sees: Whether who wants that may know of the task.

        Returns:
            None if there is no task, they may not know of it, or the life of its end is over.
        """
        return await self._canceler.cancel(task_id, sees)

    async def dead_letters(self, cursor: str | None = None, limit: int = 50) -> DeadLetterPage:
        """List the dead letters, the newest first: tasks that were given up although trying again may help.

        Args:
            cursor: `next_cursor` of the page before.
            limit: Most tasks on the page, at least 1. A page that is not the last may have fewer.

        Raises:
            InvalidRequest: The cursor is not one of ours.
        """
        return await self._dead_letters.page(cursor, limit)

    async def requeue(self, task_id: str) -> Change | None:
        """Start a dead letter again, as if it were submitted now. Any other task is left as it is.

        Returns:
            None if there is no task, or the life of its end is over.

        Raises:
            QueueFull: As many tasks wait as may wait.
        """
        return await self._dead_letters.requeue(task_id)

    async def requeue_all(self, cursor: str | None = None) -> Requeued:
        """Start dead letters again, the newest first. One call does a part; what fails again meanwhile is left out.

        Args:
            cursor: `next_cursor` of the call before.

        Raises:
            InvalidRequest: The cursor is not one of ours.
            QueueFull: There is no room to begin with.
        """
        return await self._dead_letters.requeue_all(cursor)

    async def restore(self, work: Work) -> bool:
        """Enqueue a task that was accepted and that Redis has lost. Whether that was so: else nothing is done.

        Raises:
            QueueFull: As many tasks wait as may wait.
        """
        return await self._intake.restore(work)

    async def tell_end(self, work: Work, task: Task) -> None:
        """Tell the journal how a task ended that is not in the queue."""
        await self._engine.transact(self._engine.note_end(work, task))

    async def journal_lag_seconds(self) -> float:
        """How long the oldest entry of the journal has waited; 0 if none does."""
        (oldest,) = await self._engine.transact(lambda pipeline: pipeline.xrange(self._engine.journal.key, count=1))
        return time.time() - int(oldest[0][0].partition("-")[0]) / 1000 if oldest else 0.0

    async def count_dead_letters(self) -> int:
        """How many dead letters there are."""
        return await self._dead_letters.count()

    async def depth(self) -> QueueDepth:
        """How many tasks there are, and how long the oldest has waited."""
        return await measure(self._engine)

    async def count_ended_lately(self) -> int:
        """How many tasks have ended in the last minute."""
        return await ended_lately(self._engine)

    async def workers(self) -> Workers:
        """The workers that take tasks from here."""
        return await count_workers(self._engine)

    async def remove_expired(self) -> dict[str, int]:
        """Forget ended tasks whose life is over.

        Returns:
            How many were forgotten: `completed`, `failed` (lasting failures) and `dead_letter`.
        """
        return await self._expiry.remove()

    async def bring_retries_forward(self) -> int:
        """Have retries made now that a wrong clock has put off; returns how many."""
        return await bring_forward(self._engine)

    async def ping(self) -> None:
        """Raise `QueueUnavailable` unless Redis answers."""
        async with answered():
            await self._engine.client.ping()

    async def close(self) -> None:
        """Close the connections."""
        await self._engine.close()
