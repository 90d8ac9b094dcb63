"""The queue as the rest of the code sees it: enqueue, look up, measure, expire."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from pixelmill.domain.errors import QueueFull, QueueUnavailable
from pixelmill.domain.task import Priority, Stage, Status, Task, Work
from pixelmill.queue.canceling import Canceler, Cancellation
from pixelmill.queue.depth import QueueDepth, ended_lately, measure, seconds_until_room, waiting
from pixelmill.queue.engine import MAX_TURNS, PRIORITY_NUMBERS, Engine, answered
from pixelmill.queue.expiry import Expiry
from pixelmill.queue.journal import Journal
from pixelmill.queue.kept import KeptTask, State, find, known_source, read_kept
from pixelmill.settings import QueueSettings, ResultSettings

SubmissionOutcome = Literal["queued", "coalesced", "cached"]


@dataclass(frozen=True)
class Submission:
    """What came of a submission.

    Attributes:
        task: The task that answers it.
        outcome: `queued`: this submission started it; `coalesced`: it was pending already; `cached`: it had ended.
    """

    task: Task
    outcome: SubmissionOutcome


class TaskQueue:
    """The queue and the state of its tasks, in Redis.

    Every method raises `QueueUnavailable` when Redis does not answer within about 2 s.

    Args:
        settings: Where Redis is, and the rules of the queue.
        results: How long the ends of tasks are kept.
        journal: Told of what happens to tasks here.
    """

    def __init__(self, settings: QueueSettings, results: ResultSettings, journal: Journal) -> None:
        self._max_waiting = settings.max_waiting
        self._results = results
        self._engine = Engine(settings, results)
        self._expiry = Expiry(self._engine, results)
        self._canceler = Canceler(self._engine, results, journal)

    async def enqueue(self, work: Work, *, refresh: bool = False) -> Submission:
        """Have `work` done, unless its task is pending or has a fresh end already.

        Args:
            work: What to do; `work.task_id` names the task.
            refresh: Do it again even if a fresh result or failure is kept. A pending task is joined all the same.

        Raises:
            QueueFull: As many tasks wait as may wait; nothing was enqueued.
            QueueUnavailable: Redis does not answer; the task may or may not be enqueued.
        """
        for turn in range(MAX_TURNS):
            kept, is_answer = await self._look(work.task_id, refresh=refresh)
            if kept is not None and kept.work == work and turn:
                return Submission(kept.as_task(self._results), "queued")
            if kept is not None and is_answer:
                return await self._answer(kept, work.priority)
            if await self._start(work, kept):
                return Submission(_just_queued(work), "queued")
            # Another submission was faster, or our own whose answer was lost with the connection: look again.
        raise QueueUnavailable

    async def join(self, task_id: str, priority: Priority, *, refresh: bool = False) -> Submission | None:
        """Answer a submission from what is there, enqueueing nothing.

        For submissions that are expensive to prepare: an upload is stored only if this returns None.

        Returns:
            None if the task has to be enqueued.

        Raises:
            QueueFull: It would have to be enqueued, and there is no room.
        """
        kept, is_answer = await self._look(task_id, refresh=refresh)
        return await self._answer(kept, priority) if kept is not None and is_answer else None

    async def _look(self, task_id: str, *, refresh: bool) -> tuple[KeptTask | None, bool]:
        """What is kept of the task, and whether that answers a submission; if not, there is room for it."""
        commands = [self._engine.state(task_id), self._engine.fields(task_id), *waiting(self._engine)]
        state, fields, *waiting_tasks = await self._engine.transact(*commands)
        kept = read_kept(state, fields)
        if kept is not None:
            is_fresh = not refresh and kept.answers_again(self._results, datetime.now(UTC))
            if kept.is_pending or is_fresh:
                return kept, True
        if sum(waiting_tasks) >= self._max_waiting:
            raise await self._full(sum(waiting_tasks))
        return kept, False

    async def _full(self, waiting_tasks: int) -> QueueFull:
        retry_after_seconds = seconds_until_room(waiting_tasks, await ended_lately(self._engine))
        return QueueFull("Too many tasks are waiting; try again later.", retry_after_seconds=retry_after_seconds)

    async def _start(self, work: Work, kept: KeptTask | None) -> bool:
        """Add the task, or run its ended one again. False if somebody else did so first."""
        if kept is None:
            existed, _ = await self._engine.transact(self._engine.exists(work.task_id), self._engine.add(work))
            return not existed
        # Never removed and added anew: of two submitters, one could remove what the other was promised.
        ended_in = kept.state.value
        freshen, rerun = self._engine.freshen(work, ended_in), self._engine.rerun(work.task_id, ended_in)
        _, moved = await self._engine.transact(freshen, rerun)
        return bool(moved > 0)

    async def _answer(self, kept: KeptTask, priority: Priority) -> Submission:
        task = kept.as_task(self._results)
        if not kept.is_pending:
            return Submission(task.model_copy(update={"cached": True}), "cached")
        if PRIORITY_NUMBERS[priority] < PRIORITY_NUMBERS[kept.priority] and kept.state is not State.ACTIVE:
            async with answered():
                await self._engine.queue.backend.changePriority(task.task_id, PRIORITY_NUMBERS[priority])
            task = task.model_copy(update={"priority": priority})
        return Submission(task, "coalesced")

    async def get(self, task_id: str) -> Task | None:
        """The task as callers see it; None if there is none, or the life of its end is over."""
        kept = await self.find(task_id)
        if kept is None or kept.is_over(self._results, datetime.now(UTC)):
            return None
        return kept.as_task(self._results)

    async def find(self, task_id: str) -> KeptTask | None:
        """What Redis keeps of the task, even if the life of its end is over."""
        return await find(self._engine, task_id)

    async def cancel(self, task_id: str) -> Cancellation | None:
        """End a task that is pending, for everybody who submitted it; the worker that runs it drops it within a second.

        Returns:
            None if there is no task, or the life of its end is over.
        """
        return await self._canceler.cancel(task_id)

    async def depth(self) -> QueueDepth:
        """How many tasks there are, and how long the oldest has waited."""
        return await measure(self._engine)

    async def remove_expired(self) -> dict[str, int]:
        """Forget ended tasks whose life is over.

        Returns:
            How many were forgotten: `completed`, `failed` (lasting failures) and `dead_letter`.
        """
        return await self._expiry.remove()

    async def ping(self) -> None:
        """Raise `QueueUnavailable` unless Redis answers."""
        async with answered():
            await self._engine.client.ping()

    async def close(self) -> None:
        """Close the connections."""
        await self._engine.close()


def _just_queued(work: Work) -> Task:
    return Task(
        task_id=work.task_id,
        status=Status.PENDING,
        stage=Stage.QUEUED,
        priority=work.priority,
        source=known_source(work),
        queued_at=work.queued_at,
    )
