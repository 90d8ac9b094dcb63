"""What Redis keeps of a task, and how it looks to callers."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pixelmill.domain.errors import TaskError
from pixelmill.domain.task import Outcome, Priority, Stage, Task, Work
from pixelmill.settings import ResultSettings


class State(StrEnum):
    """Where Redis keeps a task."""

    WAITING = "waiting"
    ACTIVE = "active"
    RETRYING = "retrying"
    COMPLETED = "completed"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class KeptTask:
    """A task as Redis keeps it, even after its result's life.

    Attributes:
        state: Where it is kept.
        work: What was asked, by the submission that enqueued it last.
        outcome: What the worker handed back; of a completed task only.
        error: Why it failed; of a failed task only.
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

    def expires_at(self, results: ResultSettings) -> datetime | None:
        """When the task stops answering requests; None while it is pending."""
        raise NotImplementedError

    def as_task(self, results: ResultSettings) -> Task:
        """The one representation callers see."""
        raise NotImplementedError
