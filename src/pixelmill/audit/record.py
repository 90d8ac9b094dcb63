"""One row of the trail: an acceptance of a task, and how it ended."""

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from pixelmill.domain.task import ACCEPTANCE_ID_PATTERN, Task, Work, accepted


class TrailRecord(BaseModel):
    """What is known of one acceptance of a task, as it travels to the trail and is kept there.

    Several may belong to one task: it is refreshed, submitted anew after it expired or failed, or requeued. Of one
    acceptance several ends may be told, when the worker that had told one died before the task ended in Redis; the last
    one counts.
    """

    model_config = ConfigDict(frozen=True)

    acceptance_id: str = Field(pattern=ACCEPTANCE_ID_PATTERN, description="Names the acceptance.")
    source: str = Field(description="Identity of the source: the normalized URL, or `sha256:` and 64 hex digits.")
    task: Task = Field(description="The task as its caller sees it, pending or ended.")
    work: Work | None = Field(default=None, description="Of a pending task: what starts it again.")

    @classmethod
    def of_acceptance(cls, work: Work) -> Self:
        """The record of a task that has just been accepted."""
        task = accepted(work)
        return cls(acceptance_id=work.acceptance_id, source=work.source.identity, task=task, work=work)

    @classmethod
    def of_end(cls, work: Work, task: Task) -> Self:
        """The record of a task that has ended."""
        return cls(acceptance_id=work.acceptance_id, source=work.source.identity, task=task)

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.task.status.is_final == (self.task.finished_at is None):
            message = f"a {self.task.status} task finished at {self.task.finished_at}"
            raise ValueError(message)
        if self.task.status.is_final == (self.work is not None):
            message = f"a record of a {self.task.status} task {'with' if self.work else 'without'} its work"
            raise ValueError(message)
        return self
