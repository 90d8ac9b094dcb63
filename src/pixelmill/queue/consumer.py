"""Take tasks from the queue and have them processed: BullMQ's worker behind our contract."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from pixelmill.domain.task import Outcome, Stage, Task, Work
from pixelmill.settings import QueueSettings, ResultSettings


@dataclass(frozen=True)
class Attempt:
    """One run of a task by a worker.

    Attributes:
        number: 1 for the first; counts runs that ended with their worker too.
        started_at: When this worker took the task.
        is_last: Whether a retryable failure of this run ends the task. A failure that is not retryable always does.
    """

    number: int
    started_at: datetime
    is_last: bool


ReportStage = Callable[[Stage], Awaitable[None]]
"""Tell callers where the task is. `FETCHING` is implied by the start of an attempt and costs nothing. Never raises."""

Process = Callable[[Work, Attempt, ReportStage], Awaitable[Outcome]]
"""Do the work. A `PixelmillError` fails the attempt; anything else raised is logged and counts as `InternalError`."""

OnLost = Callable[[Work, Task], Awaitable[None]]
"""A task was given up because its workers died: the work, and the task as it ends. Called before it ends in Redis."""


class Consumer:
    """Runs tasks, many at once, until it is closed.

    Args:
        settings: Where Redis is, and the rules of the queue.
        results: How long the ends of tasks are kept.
        process: Does the work of one attempt. It is canceled when the grace of `close` is over.
        on_lost: Told of tasks given up after their workers died; may be told twice of one.
        concurrency: Tasks in flight.
    """

    def __init__(
        self,
        settings: QueueSettings,
        results: ResultSettings,
        process: Process,
        on_lost: OnLost,
        concurrency: int,
    ) -> None:
        raise NotImplementedError

    async def run(self) -> None:
        """Take tasks until `close` is called; survives restarts of Redis.

        Raises:
            QueueUnavailable: Redis did not answer at the start.
        """
        raise NotImplementedError

    async def close(self, grace_seconds: float) -> None:
        """Take no more tasks, let the running ones end for `grace_seconds`, then hand the rest back to the queue."""
        raise NotImplementedError
