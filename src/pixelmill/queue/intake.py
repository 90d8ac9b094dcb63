"""What becomes of a submission: it joins its task, is answered by its end, or starts it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from pixelmill.domain.errors import QueueFull, QueueUnavailable
from pixelmill.domain.task import Priority, Task, Work, accepted
from pixelmill.queue.depth import ended_lately, seconds_until_room, waiting
from pixelmill.queue.engine import MAX_TURNS, PRIORITY_NUMBERS, Engine, answered
from pixelmill.queue.kept import KeptTask, State
from pixelmill.queue.reading import read_kept
from pixelmill.queue.uploads import refer
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


class Intake:
    """Takes submissions into one queue.

    Args:
        engine: The queue.
        settings: The rules of the queue.
        results: How long the ends of tasks are kept.
    """

    def __init__(self, engine: Engine, settings: QueueSettings, results: ResultSettings) -> None:
        self._engine = engine
        self._max_waiting = settings.max_waiting
        self._results = results

    async def enqueue(self, work: Work, *, refresh: bool) -> Submission:
        """See `TaskQueue.enqueue`."""
        for turn in range(MAX_TURNS):
            kept, is_answer = await self._look(work.task_id, refresh=refresh)
            if kept is not None and kept.work == work and turn:
                return Submission(kept.as_task(self._results), "queued")
            if kept is not None and is_answer:
                return await self._answer(kept, work.priority)
            if await start(self._engine, work, kept):
                return Submission(accepted(work), "queued")
            # Another submission was faster, or our own whose answer was lost with the connection: look again.
        raise QueueUnavailable

    async def join(self, task_id: str, priority: Priority, *, refresh: bool) -> Submission | None:
        """See `TaskQueue.join`."""
        kept, is_answer = await self._look(task_id, refresh=refresh)
        return await self._answer(kept, priority) if kept is not None and is_answer else None

    async def restore(self, work: Work) -> bool:
        """See `TaskQueue.restore`."""
        await self.require_room()
        return await start(self._engine, work, None)

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

    async def require_room(self) -> None:
        """Raise `QueueFull` unless another task may wait."""
        waiting_tasks = sum(await self._engine.transact(*waiting(self._engine)))
        if waiting_tasks >= self._max_waiting:
            raise await self._full(waiting_tasks)

    async def _full(self, waiting_tasks: int) -> QueueFull:
        retry_after_seconds = seconds_until_room(waiting_tasks, await ended_lately(self._engine))
        return QueueFull("Too many tasks are waiting; try again later.", retry_after_seconds=retry_after_seconds)

    async def _answer(self, kept: KeptTask, priority: Priority) -> Submission:
        task = kept.as_task(self._results)
        if not kept.is_pending:
            return Submission(task.model_copy(update={"cached": True}), "cached")
        if PRIORITY_NUMBERS[priority] < PRIORITY_NUMBERS[kept.priority] and kept.state is not State.ACTIVE:
            async with answered():
                await self._engine.queue.backend.changePriority(task.task_id, PRIORITY_NUMBERS[priority])
            task = task.model_copy(update={"priority": priority})
        return Submission(task, "coalesced")


async def start(engine: Engine, work: Work, kept: KeptTask | None) -> bool:
    """Add a task, or run its ended one again, which is `kept`. False if somebody else did so first.

    The journal hears of it in the same transaction: what is accepted is on its way to the trail.
    """
    note = engine.note_acceptance(work)
    if kept is None:
        existed, *_ = await engine.transact(engine.exists(work.task_id), engine.add(work), note, *refer(work))
        return not existed
    # Never removed and added anew: of two submitters, one could remove what the other was promised.
    ended_in = kept.state.value
    freshen, rerun = engine.freshen(work, ended_in), engine.rerun(work.task_id, ended_in)
    _, moved, *_ = await engine.transact(freshen, rerun, note, *refer(work))
    return bool(moved > 0)
