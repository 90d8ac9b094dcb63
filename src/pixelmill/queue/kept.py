"""What Redis keeps of a task, and how it looks to callers."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from pixelmill.domain.errors import Canceled, TaskError
from pixelmill.domain.source import known_source
from pixelmill.domain.task import Outcome, Priority, Progress, Stage, Status, Task, Work
from pixelmill.queue.engine import moment, unix_milliseconds
from pixelmill.settings import ResultSettings


class State(StrEnum):
    """Where Redis keeps a task."""

    WAITING = "waiting"
    ACTIVE = "active"
    RETRYING = "retrying"
    COMPLETED = "completed"
    FAILED = "failed"


STATUSES: Final = {State.COMPLETED: Status.COMPLETED, State.FAILED: Status.FAILED}

CANCELED: Final = Canceled("It was canceled on request; submit it again to have it made.").as_task_error()


@dataclass(frozen=True, kw_only=True)
class KeptTask:
    """A task as Redis keeps it, even after the life of its end is over.

    Attributes:
        state: Where it is kept.
        work: What was asked, by the submission that enqueued it last.
        priority: That of the work, or a higher one if a later submission was in more of a hurry.
        attempts: How often a worker has started it.
        stage: Where a pending task is.
        progress: How far the attempt that runs is, if it has told.
        started_at: Start of the last attempt.
        finished_at: When it ended.
        outcome: What the worker handed back; of a completed task only.
        error: Why it failed, or that it was canceled; of a failed task only.
    """

    state: State
    work: Work
    priority: Priority
    attempts: int
    stage: Stage | None = None
    progress: Progress | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    outcome: Outcome | None = None
    error: TaskError | None = None

    @property
    def is_pending(self) -> bool:
        """Whether a worker has it, or will."""
        return self.state not in STATUSES

    @property
    def status(self) -> Status:
        """How it stands for callers. Redis keeps what was canceled among the failed."""
        if self.is_pending:
            return Status.PENDING
        return Status.CANCELED if self.is_canceled else STATUSES[self.state]

    @property
    def is_canceled(self) -> bool:
        """Whether somebody did not want it any more."""
        return self.error is not None and self.error.code == Canceled.code

    @property
    def is_dead_letter(self) -> bool:
        """Whether it failed although trying again could have helped: its attempts or its workers were used up."""
        return self.error is not None and self.error.retryable and not self.is_canceled

    def canceled(self, now: datetime) -> "KeptTask":
        """The task as it is once it is canceled."""
        finished_at = moment(unix_milliseconds(now))  # as it will be read again
        return replace(self, state=State.FAILED, stage=None, progress=None, finished_at=finished_at, error=CANCELED)

    def expires_at(self, results: ResultSettings) -> datetime | None:
        """When the task is forgotten; None while it is pending."""
        if self.finished_at is None:
            return None
        life_seconds = results.life_seconds
        if self.error is not None:
            life_seconds = results.dead_letter_life_seconds if self.is_dead_letter else results.failure_life_seconds
        return self.finished_at + timedelta(seconds=life_seconds)

    def is_over(self, results: ResultSettings, now: datetime) -> bool:
        """Whether the life of its end is over."""
        expires_at = self.expires_at(results)
        return expires_at is not None and expires_at <= now

    def answers_again(self, results: ResultSettings, now: datetime) -> bool:
        """Whether its end answers the same request again.

        A dead letter never does: its error may have passed. Nor does a canceled task: whoever submits it wants it.
        """
        return not (self.is_pending or self.is_dead_letter or self.is_canceled or self.is_over(results, now))

    def as_task(self, results: ResultSettings) -> Task:
        """The one representation callers see."""
        return Task(
            task_id=self.work.task_id,
            tenant=self.work.tenant,
            status=self.status,
            stage=self.stage,
            progress=self.progress,
            attempts=self.attempts,
            priority=self.priority,
            source=self.outcome.source if self.outcome else known_source(self.work.source),
            result=self.outcome.result if self.outcome else None,
            error=self.error,
            queued_at=self.work.queued_at,
            started_at=self.started_at,
            finished_at=self.finished_at,
            expires_at=self.expires_at(results),
            timings_ms=self.outcome.timings_ms if self.outcome else None,
        )


@dataclass(frozen=True)
class Change:
    """What came of a wish to change a task.

    Attributes:
        task: The task as it stands after.
        is_new: Whether this call changed it; else the task was such that it could not.
    """

    task: Task
    is_new: bool
