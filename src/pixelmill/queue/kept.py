"""What Redis keeps of a task, and how it looks to callers."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from pydantic import ValidationError

from pixelmill.domain.errors import Canceled, InternalError, TaskError, WorkerLost
from pixelmill.domain.source import SourceInfo, UploadSource
from pixelmill.domain.task import Outcome, Priority, Stage, Status, Task, Work
from pixelmill.queue.engine import PRIORITY_NUMBERS, Engine, unix_milliseconds
from pixelmill.settings import ResultSettings


class State(StrEnum):
    """Where Redis keeps a task."""

    WAITING = "waiting"
    ACTIVE = "active"
    RETRYING = "retrying"
    COMPLETED = "completed"
    FAILED = "failed"


_STATES: Final = {
    "prioritized": State.WAITING,
    "waiting": State.WAITING,
    "active": State.ACTIVE,
    "delayed": State.RETRYING,
    "completed": State.COMPLETED,
    "failed": State.FAILED,
}
_PRIORITIES: Final = {number: priority for priority, number in PRIORITY_NUMBERS.items()}
_STATUSES: Final = {State.COMPLETED: Status.COMPLETED, State.FAILED: Status.FAILED}

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
    started_at: datetime | None = None
    finished_at: datetime | None = None
    outcome: Outcome | None = None
    error: TaskError | None = None

    @property
    def is_pending(self) -> bool:
        """Whether a worker has it, or will."""
        return self.state not in _STATUSES

    @property
    def status(self) -> Status:
        """How it stands for callers. Redis keeps what was canceled among the failed."""
        if self.is_pending:
            return Status.PENDING
        return Status.CANCELED if self.is_canceled else _STATUSES[self.state]

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
        return replace(self, state=State.FAILED, stage=None, finished_at=finished_at, error=CANCELED)

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
            status=self.status,
            stage=self.stage,
            attempts=self.attempts,
            priority=self.priority,
            source=self.outcome.source if self.outcome else known_source(self.work),
            result=self.outcome.result if self.outcome else None,
            error=self.error,
            queued_at=self.work.queued_at,
            started_at=self.started_at,
            finished_at=self.finished_at,
            expires_at=self.expires_at(results),
            timings_ms=self.outcome.timings_ms if self.outcome else None,
        )


def known_source(work: Work) -> SourceInfo:
    """What is known of the source before a worker has it."""
    if isinstance(work.source, UploadSource):
        return SourceInfo(bytes=work.source.size_bytes, sha256=work.source.sha256)
    return SourceInfo(image_url=work.source.image_url)


def read_kept(bullmq_state: str, fields: Mapping[str, str]) -> KeptTask | None:
    """Read a job: BullMQ's name of its state, and its hash. None if there is no such job."""
    state = _STATES.get(bullmq_state)
    if state is None or "data" not in fields:
        return None
    error = read_error(fields.get("failedReason", "")) if state is State.FAILED else None
    started = int(fields.get("ats", "0"))
    return KeptTask(
        state=state,
        work=Work.model_validate_json(fields["data"]),
        priority=_PRIORITIES[int(fields["priority"])],
        # The run that buries a lost task is BullMQ's book-keeping, not an attempt.
        attempts=started - 1 if error and error.code == WorkerLost.code else started,
        stage=_stage(state, fields, started),
        started_at=moment(fields.get("processedOn")),
        finished_at=moment(fields.get("finishedOn")) if state in _STATUSES else None,
        outcome=Outcome.model_validate_json(fields["returnvalue"]) if state is State.COMPLETED else None,
        error=error,
    )


async def find(engine: Engine, task_id: str) -> KeptTask | None:
    """What Redis keeps of a task, even if the life of its end is over."""
    state, fields = await engine.transact(engine.state(task_id), engine.fields(task_id))
    return read_kept(state, fields)


def _stage(state: State, fields: Mapping[str, str], started: int) -> Stage | None:
    if state in _STATUSES:
        return None
    if state is not State.ACTIVE:
        return Stage.RETRYING if started else Stage.QUEUED
    progress = json.loads(fields.get("progress", "0"))
    is_of_this_attempt = isinstance(progress, dict) and progress["attempt"] == started
    return Stage(progress["stage"]) if is_of_this_attempt else Stage.FETCHING


def read_error(failed_reason: str) -> TaskError:
    """Read why a job failed. What is no error of ours is BullMQ's: its worker could not end the job."""
    try:
        return TaskError.model_validate_json(failed_reason)
    except ValidationError:
        return InternalError().as_task_error()


def moment(unix_milliseconds: str | int | None) -> datetime | None:
    """The time BullMQ means; None and 0 mean that there is none."""
    return datetime.fromtimestamp(int(unix_milliseconds) / 1000, UTC) if unix_milliseconds else None
