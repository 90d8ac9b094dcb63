"""One run of a task by a worker: what it is told, how its failure is told to BullMQ, when the next one comes."""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from bullmq import Job, UnrecoverableError

from pixelmill.domain.errors import PixelmillError
from pixelmill.domain.task import Outcome, Progress, Stage, Task, Work

MAX_BACKOFF_MILLISECONDS: Final = 60_000
"""No pause is longer, whatever an origin asks for: somebody waits."""


@dataclass(frozen=True)
class Lease:
    """What makes a task this worker's: as long as Redis keeps the token under the key. Others may not end the task."""

    key: str
    token: str


class LeaseLostError(Exception):
    """The task is another worker's by now, or canceled: what this one made of it does not count."""


@dataclass(frozen=True)
class Attempt:
    """One run of a task by a worker.

    Attributes:
        lease: What makes the task this worker's.
        number: 1 for the first; counts runs that ended with their worker too.
        started_at: When this worker took the task.
        is_last: Whether a retryable failure of this run ends the task. A failure that is not retryable always does.
    """

    lease: Lease
    number: int
    started_at: datetime
    is_last: bool


class ReportStage(Protocol):
    """Tells callers where a task is, and how far. Never raises."""

    async def __call__(self, stage: Stage, progress: Progress | None = None) -> None:
        """Tell it. `FETCHING` alone is implied by the start of an attempt, and costs nothing."""


Process = Callable[[Work, Attempt, ReportStage], Awaitable[Outcome]]
"""Do the work. A `PixelmillError` fails the attempt; `Postponed` puts the task back as if there had been none;
`LeaseLostError` drops it; anything else raised is logged and counts as `InternalError`."""

OnLost = Callable[[Work, Task, Lease], Awaitable[None]]
"""A task was given up because its workers died: the work, and the task as it ends. Called before it ends in Redis."""


class AttemptFailedError(Exception):
    """Tells BullMQ that an attempt failed and may be repeated. Its text is what Redis keeps: a `TaskError` in JSON.

    Args:
        error: What went wrong.
    """

    def __init__(self, error: PixelmillError) -> None:
        self.retry_after_seconds = error.retry_after_seconds or 0
        super().__init__(error.as_task_error().model_dump_json())


def failure_of(error: PixelmillError) -> Exception:
    """The exception by which BullMQ repeats the task, or does not."""
    if error.retryable:
        return AttemptFailedError(error)
    failure: Exception = UnrecoverableError(error.as_task_error().model_dump_json())
    return failure


def backoff_milliseconds(failed_attempts: int, _kind: str, error: Exception, job: Job) -> int:
    """How long to wait before the next attempt: BullMQ's custom strategy, because its own have no jitter.

    Doubles with every failed attempt, plus or minus half, so that tasks which failed together do not come back
    together; not before an origin said it may be asked again.
    """
    pause: float = job.opts["backoff"]["delay"] * 2 ** (failed_attempts - 1)
    jittered = pause * random.uniform(0.5, 1.5)  # noqa: S311 - no secret
    asked_for = error.retry_after_seconds * 1000 if isinstance(error, AttemptFailedError) else 0
    return round(min(MAX_BACKOFF_MILLISECONDS, max(jittered, asked_for)))
