"""The ends of tasks: one entry in the trail, one event in the log and one count each.

The trail is told before Redis is: a task that counts as ended is in the trail. If the worker dies in between, the task
runs again, and the trail is told again: the last end counts. Only who has the task may tell of its end: the outcome of
a worker that lost it, to another one or to a cancel, is in neither.
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
from pixelmill.queue.attempt import Attempt, Lease, LeaseLostError
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
    """Records how tasks end.

    Methods raise `LeaseLostError` if the task is not this worker's any more, and `QueueUnavailable` if Redis does not
    take the entry for the trail.

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
        await self._record(work, kept.as_task(self._results), attempt.lease)
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

    async def failed(self, work: Work, attempt: Attempt, failure: Failure) -> None:
        """An attempt has failed; it is the end of the task if no other attempt can help or follows."""
        error = failure.error.as_task_error()
        metrics.attempts_failed.labels(error.code).inc()
        is_end = attempt.is_last or not error.retryable
        if is_end:
            kept = _ended(State.FAILED, work, attempt, error=error)
            await self._record(work, kept.as_task(self._results), attempt.lease)
        _log.warning(
            "task_failed" if is_end else "attempt_failed",
            attempt=attempt.number,
            code=error.code,
            detail=error.detail,
            cause=type(failure.error.__cause__).__name__ if failure.error.__cause__ else None,
            timings_ms=failure.timings_ms.model_dump(exclude_none=True),
        )

    async def lost(self, work: Work, task: Task, lease: Lease) -> None:
        """A task was given up because its workers died."""
        await self._record(work, task, lease)
        _log.error("task_failed", task_id=task.task_id, attempt=task.attempts, code=task.error and task.error.code)

    async def _record(self, work: Work, task: Task, lease: Lease) -> None:
        if not await self._stream.append(TrailRecord.of_end(work, task), lease.key, lease.token):
            raise LeaseLostError
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
