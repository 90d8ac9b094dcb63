"""How a service stands: what the api tells at a glance, and the board shows."""

from pydantic import BaseModel, ConfigDict, Field


class Workers(BaseModel):
    """The workers that are alive."""

    model_config = ConfigDict(frozen=True)

    alive: int = Field(description="Workers that run; one that was killed is counted until its lease is over.")
    concurrency: int = Field(description="Tasks they may have in flight at once, all together.")


class Spread(BaseModel):
    """How long something takes, in milliseconds."""

    model_config = ConfigDict(frozen=True)

    p50: float = Field(description="Half of the tasks take less.")
    p95: float = Field(description="All but one of twenty take less.")


class Lately(BaseModel):
    """How the newest tasks of the last hour fared, 500 at most."""

    model_config = ConfigDict(frozen=True)

    tasks: int = Field(description="How many are looked at.")
    failures: dict[str, int] = Field(description="How many failed or were canceled, by code; the most frequent first.")
    stages_ms: dict[str, Spread] = Field(description="How long completed ones took, by the fields of `timings_ms`.")


class Overview(BaseModel):
    """How the service stands."""

    model_config = ConfigDict(frozen=True)

    queue: dict[str, int] = Field(description="Tasks by state: waiting, active, retrying, completed, failed.")
    oldest_waiting_seconds: float = Field(description="Age of the task that waits longest; 0 if none waits.")
    ended_last_minute: int = Field(description="Tasks that ended in the last 60 seconds.")
    workers: Workers
    dead_letters: int = Field(description="Tasks given up although trying again may help.")
    lately: Lately | None = Field(description="How tasks fared lately; null while the history is not available.")
