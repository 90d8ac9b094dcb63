"""One row of the trail: how one execution of a task ended."""

from typing import Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from pixelmill.domain.task import Task

EXECUTION_ID_PATTERN: Final = r"^[0-9A-Za-z_-]{1,64}$"


class TrailRecord(BaseModel):
    """The end of one execution, as it travels to the trail and is kept there.

    Several records may belong to one task: it is run again when its worker died after recording it, when it is
    refreshed, and when it is submitted anew after it expired.
    """

    model_config = ConfigDict(frozen=True)

    execution_id: str = Field(pattern=EXECUTION_ID_PATTERN, description="Names the execution; written once, ever.")
    source: str = Field(description="Identity of the source: the normalized URL, or `sha256:` and 64 hex digits.")
    task: Task = Field(description="The task as its caller sees it, after its end.")

    @model_validator(mode="after")
    def _has_ended(self) -> Self:
        if not self.task.status.is_final or self.task.finished_at is None:
            message = f"a record is of a task that ended, not of a {self.task.status} one"
            raise ValueError(message)
        return self
