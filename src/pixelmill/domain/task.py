"""A task: what was asked, how far it is, how it ended. One representation everywhere."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from pixelmill.domain.errors import TaskError
from pixelmill.domain.limits import MAX_VARIANTS
from pixelmill.domain.source import Source, SourceInfo, known_source
from pixelmill.domain.transformation import Transformation
from pixelmill.domain.variant import Result

TASK_ID_PATTERN = r"^[0-9a-f]{32}$"
VARIANT_NAME_PATTERN = r"^[a-z0-9][a-z0-9_-]{0,63}$"

TENANT_PATTERN = r"^[a-z0-9][a-z0-9_-]{0,63}$"

ACCEPTANCE_ID_PATTERN = r"^[0-9A-Za-z_-]{1,64}$"

TaskId = Annotated[str, Field(pattern=TASK_ID_PATTERN, examples=["5f1c0d9e8b7a6f5e4d3c2b1a09f8e7d6"])]
VariantName = Annotated[str, Field(pattern=VARIANT_NAME_PATTERN)]
Tenant = Annotated[str, Field(pattern=TENANT_PATTERN, examples=["shop"])]


class Priority(StrEnum):
    """Which tasks go first: somebody waits for an interactive one, nobody for a bulk one."""

    INTERACTIVE = "interactive"
    BULK = "bulk"


class Status(StrEnum):
    """How a task stands, in the four ways a caller has to tell apart."""

    PENDING = "pending"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELED = "canceled"

    @property
    def is_final(self) -> bool:
        """Whether nothing more happens to the task."""
        return self is not Status.PENDING


class Stage(StrEnum):
    """Where a pending task is."""

    QUEUED = "queued"
    FETCHING = "fetching"
    TRANSFORMING = "transforming"
    STORING = "storing"
    RETRYING = "retrying"


def is_none(value: object) -> bool:
    """For fields that are left out where there is nothing to say, rather than null."""
    return value is None


class Progress(BaseModel):
    """How far a worker is with a task."""

    model_config = ConfigDict(frozen=True)

    fetched_bytes: int = Field(default=0, description="What has come of the source.")
    total_bytes: int | None = Field(default=None, description="What its origin announced; null if it did not.")
    variants_done: int = 0
    variants: int


class Work(BaseModel):
    """What a worker has to do: the canonical request, as it travels through the queue.

    A task may be accepted more than once: refreshed, submitted anew after it expired or failed, requeued. Each of these
    acceptances is promised an end of its own.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    task_id: TaskId
    acceptance_id: str = Field(pattern=ACCEPTANCE_ID_PATTERN, description="Names this acceptance of the task.")
    tenant: Tenant | None = None
    source: Source
    variants: Annotated[dict[VariantName, Transformation], Field(min_length=1, max_length=MAX_VARIANTS)]
    with_markup: bool = False
    priority: Priority = Priority.INTERACTIVE
    refresh: bool = Field(default=False, description="Whether the origin has to be asked, whatever is kept of it.")
    queued_at: datetime


class Timings(BaseModel):
    """How long each part of a task took, in milliseconds."""

    model_config = ConfigDict(frozen=True)

    queued: float | None = None
    fetch: float | None = None
    transform: float | None = None
    store: float | None = None


class Outcome(BaseModel):
    """What a worker hands back when the task is done: kept with the task and in the trail."""

    model_config = ConfigDict(frozen=True)

    execution_id: str = Field(description="Names this run of the task, and the folder its variants lie in.")
    source: SourceInfo
    result: Result
    timings_ms: Timings


class Task(BaseModel):
    """A task as callers see it: on submit, status, history, and in the client library."""

    model_config = ConfigDict(frozen=True)

    task_id: TaskId
    tenant: Tenant | None = Field(
        default=None,
        exclude_if=is_none,
        description="Whose task it is; left out where the service has no API keys.",
    )
    status: Status
    stage: Stage | None = Field(default=None, description="Where a pending task is; null once it ended.")
    progress: Progress | None = Field(
        default=None, description="How far the attempt that runs is; null if none does, or for less than a moment."
    )
    cached: bool = Field(default=False, description="Whether the answer was there before this request asked for it.")
    attempts: int = Field(default=0, description="How often a worker has started it.")
    priority: Priority = Priority.INTERACTIVE
    source: SourceInfo
    result: Result | None = None
    error: TaskError | None = None
    queued_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    expires_at: datetime | None = Field(default=None, description="When the result goes; null while pending.")
    timings_ms: Timings | None = None


def new_acceptance_id() -> str:
    """A name for an acceptance that no other one ever has."""
    return uuid.uuid4().hex


def accepted(work: Work) -> Task:
    """A task that has just been accepted, as its caller sees it."""
    return Task(
        task_id=work.task_id,
        tenant=work.tenant,
        status=Status.PENDING,
        stage=Stage.QUEUED,
        priority=work.priority,
        source=known_source(work.source),
        queued_at=work.queued_at,
    )
