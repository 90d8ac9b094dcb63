"""The ends of tasks: one entry in the trail, one event in the log and one count each.

The trail is told before Redis is: a task that counts as ended is in the trail. If the worker dies in between, the task
runs again and the trail has two executions of it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from pixelmill.audit.record import TrailRecord
from pixelmill.audit.stream import AuditStream
from pixelmill.domain.errors import PixelmillError, TaskError
from pixelmill.domain.task import Outcome, Task, Timings, Work
from pixelmill.domain.variant import FailedVariant
from pixelmill.queue.announcer import Announcer
from pixelmill.queue.consumer import Attempt
from pixelmill.queue.kept import KeptTask, State
from pixelmill.settings import ResultSettings
from pixelmill.telemetry import metrics

_log = structlog.get_logger()


@dataclass(frozen=True)
class Failure:
    """A failed attempt: why, and how long it took until then."""

    error: PixelmillError
    timings_ms: Timings


class Endings:
    """Records how tasks end. Raises `QueueUnavailable` if Redis does not take the entry for the trail.

    Args:
        stream: Where the trail begins.
        results: How long ends are kept, for the `expires_at` of the recorded task.
        announcer: Tells webhooks; None if this service has none.
    """

    def __init__(self, stream: AuditStream, results: ResultSettings, announcer: Announcer | None = None) -> None:
        self._stream = stream
        self._announcer = announcer
        self._results = results

    async def completed(self, work: Work, attempt: Attempt, outcome: Outcome) -> None:
        """A task is about to be completed."""
        kept = _ended(State.COMPLETED, work, attempt, outcome=outcome)
        await self._record(outcome.execution_id, work, kept.as_task(self._results))
        variants = outcome.result.variants.values()
        source = outcome.source.model_dump(include={"format", "width", "height", "frames", "bytes"})
        _log.info(
            "task_completed",
            attempt=attempt.number,
            variants=len(variants),
            failed_variants=sum(isinstance(variant, FailedVariant) for variant in variants),
            source=source,
            timings_ms=outcome.timings_ms.model_dump(exclude_none=True),
        )

    async def failed(self, work: Work, attempt: Attempt, execution_id: str, failure: Failure) -> None:
        """An attempt has failed; it is the end of the task if no other attempt can help or follows."""
        error = failure.error.as_task_error()
        metrics.attempts_failed.labels(error.code).inc()
        is_end = attempt.is_last or not error.retryable
        if is_end:
            kept = _ended(State.FAILED, work, attempt, error=error)
            await self._record(execution_id, work, kept.as_task(self._results))
        _log.warning(
            "task_failed" if is_end else "attempt_failed",
            attempt=attempt.number,
            code=error.code,
            detail=error.detail,
            cause=type(failure.error.__cause__).__name__ if failure.error.__cause__ else None,
            timings_ms=failure.timings_ms.model_dump(exclude_none=True),
        )

    async def lost(self, work: Work, task: Task) -> None:
        """A task was given up because its workers died. Telling this twice records it once."""
        await self._record(f"lost-{task.task_id}-{work.queued_at.timestamp() * 1000:.0f}", work, task)
        _log.error("task_failed", task_id=task.task_id, attempt=task.attempts, code=task.error and task.error.code)

    async def _record(self, execution_id: str, work: Work, task: Task) -> None:
        record = TrailRecord(execution_id=execution_id, source=work.source.identity, task=task)
        await self._stream.append(record)
        if self._announcer is not None:
            await self._announcer.announce(task)
        metrics.tasks.labels(task.status.value, task.error.code if task.error else "").inc()


def _ended(
    state: State, work: Work, attempt: Attempt, *, outcome: Outcome | None = None, error: TaskError | None = None
) -> KeptTask:
    return KeptTask(
        state=state,
        work=work,
        priority=work.priority,
        attempts=attempt.number,
        started_at=attempt.started_at,
        finished_at=datetime.now(UTC),
        outcome=outcome,
        error=error,
    )
