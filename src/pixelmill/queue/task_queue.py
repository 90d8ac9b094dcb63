"""The queue as the rest of the code sees it: enqueue, look up, measure, expire."""

from dataclasses import dataclass
from typing import Literal

from pixelmill.domain.task import Priority, Task, Work
from pixelmill.queue.kept import KeptTask
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


@dataclass(frozen=True)
class QueueDepth:
    """How much is in the queue.

    Attributes:
        counts: Tasks by `State` value; all five are present.
        oldest_waiting_seconds: Age of the task that waits longest; 0 when none waits.
    """

    counts: dict[str, int]
    oldest_waiting_seconds: float


class TaskQueue:
    """The queue and the state of its tasks, in Redis.

    Every method raises `QueueUnavailable` when Redis does not answer within about 2 s.

    Args:
        settings: Where Redis is, and the rules of the queue.
        results: How long the ends of tasks are kept.
    """

    def __init__(self, settings: QueueSettings, results: ResultSettings) -> None:
        raise NotImplementedError

    async def enqueue(self, work: Work, *, refresh: bool = False) -> Submission:
        """Have `work` done, unless its task is pending or has a fresh end already.

        Args:
            work: What to do; `work.task_id` names the task.
            refresh: Do it again even if a fresh result or failure is kept. A pending task is joined all the same.

        Raises:
            QueueFull: As many tasks wait as may wait; nothing was enqueued.
            QueueUnavailable: Redis does not answer; the task may or may not be enqueued.
        """
        raise NotImplementedError

    async def join(self, task_id: str, priority: Priority, *, refresh: bool = False) -> Submission | None:
        """Answer a submission from what is there, enqueueing nothing.

        For submissions that are expensive to prepare: an upload is stored only if this returns None.

        Returns:
            None if the task has to be enqueued.

        Raises:
            QueueFull: It would have to be enqueued, and there is no room.
        """
        raise NotImplementedError

    async def get(self, task_id: str) -> Task | None:
        """The task as callers see it; None if there is none, or the life of its end is over."""
        raise NotImplementedError

    async def find(self, task_id: str) -> KeptTask | None:
        """What Redis keeps of the task, even if the life of its end is over."""
        raise NotImplementedError

    async def depth(self) -> QueueDepth:
        """How many tasks there are, and how long the oldest has waited."""
        raise NotImplementedError

    async def remove_expired(self) -> dict[str, int]:
        """Forget ended tasks whose life is over.

        Returns:
            How many were forgotten: `completed`, `failed` (lasting failures) and `dead_letter`.
        """
        raise NotImplementedError

    async def ping(self) -> None:
        """Raise `QueueUnavailable` unless Redis answers."""
        raise NotImplementedError

    async def close(self) -> None:
        """Close the connections."""
        raise NotImplementedError
