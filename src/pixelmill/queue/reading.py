"""Read what Redis keeps of a task."""

import json
from collections.abc import Mapping
from typing import Final

from pydantic import ValidationError

from pixelmill.domain.errors import InternalError, TaskError, WorkerLost
from pixelmill.domain.task import Outcome, Progress, Stage, Work
from pixelmill.queue.engine import PRIORITY_NUMBERS, Engine, moment
from pixelmill.queue.kept import STATUSES, KeptTask, State

_STATES: Final = {
    "prioritized": State.WAITING,
    "waiting": State.WAITING,
    "active": State.ACTIVE,
    "delayed": State.RETRYING,
    "completed": State.COMPLETED,
    "failed": State.FAILED,
}
_PRIORITIES: Final = {number: priority for priority, number in PRIORITY_NUMBERS.items()}


def read_kept(bullmq_state: str, fields: Mapping[str, str]) -> KeptTask | None:
    """Read a job: BullMQ's name of its state, and its hash. None if there is no such job."""
    state = _STATES.get(bullmq_state)
    if state is None or "data" not in fields:
        return None
    error = read_error(fields.get("failedReason", "")) if state is State.FAILED else None
    started = int(fields.get("ats", "0"))
    stage, progress = _whereabouts(state, fields, started)
    return KeptTask(
        state=state,
        work=Work.model_validate_json(fields["data"]),
        priority=_PRIORITIES[int(fields["priority"])],
        # The run that buries a lost task is BullMQ's book-keeping, not an attempt.
        attempts=started - 1 if error and error.code == WorkerLost.code else started,
        stage=stage,
        progress=progress,
        started_at=moment(fields.get("processedOn")),
        finished_at=moment(fields.get("finishedOn")) if state in STATUSES else None,
        outcome=Outcome.model_validate_json(fields["returnvalue"]) if state is State.COMPLETED else None,
        error=error,
    )


async def find(engine: Engine, task_id: str) -> KeptTask | None:
    """What Redis keeps of a task, even if the life of its end is over."""
    state, fields = await engine.transact(engine.state(task_id), engine.fields(task_id))
    return read_kept(state, fields)


def _whereabouts(state: State, fields: Mapping[str, str], started: int) -> tuple[Stage | None, Progress | None]:
    if state in STATUSES:
        return None, None
    if state is not State.ACTIVE:
        return Stage.RETRYING if started else Stage.QUEUED, None
    told = json.loads(fields.get("progress", "0"))
    if not isinstance(told, dict) or told["attempt"] != started:
        return Stage.FETCHING, None
    return Stage(told["stage"]), Progress.model_validate(told["progress"]) if "progress" in told else None


def read_error(failed_reason: str) -> TaskError:
    """Read why a job failed. What is no error of ours is BullMQ's: its worker could not end the job."""
    try:
        return TaskError.model_validate_json(failed_reason)
    except ValidationError:
        return InternalError().as_task_error()
