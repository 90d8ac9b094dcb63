"""What the consumer calls for every attempt: the pipeline, and what has to be told about it."""

import asyncio
import errno
import secrets

import structlog
from structlog.contextvars import bound_contextvars

from pixelmill.domain.errors import InternalError, PixelmillError, StoreUnavailable
from pixelmill.domain.postponed import Postponed
from pixelmill.domain.task import Outcome, Work
from pixelmill.queue.consumer import Attempt, ReportStage
from pixelmill.telemetry import metrics
from pixelmill.worker.endings import Endings, Failure
from pixelmill.worker.pipeline import Pipeline
from pixelmill.worker.progress import ProgressReports
from pixelmill.worker.stopwatch import Stopwatch
from pixelmill.worker.store_patience import StorePatience

_EXECUTION_ID_BYTES = 16
"""Whoever knows the path of a result may have it: nobody guesses 128 bits."""

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EROFS}
"""What a disk says that takes no more. Scratch may lie on the one the store is on."""

_log = structlog.get_logger()


class TaskRunner:
    """Runs attempts. Canceling one removes what it has begun; the task stays in the queue.

    Args:
        pipeline: Does the work.
        endings: Is told how it ended.
        patience: Has tasks wait while the store is away.
    """

    def __init__(self, pipeline: Pipeline, endings: Endings, patience: StorePatience) -> None:
        self._pipeline = pipeline
        self._endings = endings
        self._patience = patience

    async def process(self, work: Work, attempt: Attempt, report: ReportStage) -> Outcome:
        """Run one attempt and record its end.

        Raises:
            PixelmillError: The attempt failed.
            Postponed: It cannot go on now.
            LeaseLostError: The task is not ours any more.
        """
        execution_id = secrets.token_hex(_EXECUTION_ID_BYTES)
        with (
            bound_contextvars(task_id=work.task_id, execution_id=execution_id),
            metrics.tasks_running.track_inprogress(),
        ):
            async with ProgressReports(report, len(work.variants)) as progress:
                return await self._run(work, attempt, execution_id, progress)

    async def _run(self, work: Work, attempt: Attempt, execution_id: str, progress: ProgressReports) -> Outcome:
        stopwatch = Stopwatch((attempt.started_at - work.queued_at).total_seconds())
        failure: PixelmillError
        try:
            outcome = await self._pipeline.run(work, execution_id, progress, stopwatch)
        except PixelmillError as error:
            self._wait_for_store(work, error)
            failure = error
        except asyncio.CancelledError:
            _log.info("attempt_abandoned", attempt=attempt.number)
            raise
        except Postponed:
            metrics.postponed.inc()
            raise
        except Exception as error:  # noqa: BLE001 - a bug in one task must not stop the worker
            failure = self._failure_of_crash(work, attempt, error)
        else:
            self._patience.store_works()
            await self._endings.completed(work, attempt, outcome)
            return outcome
        await self._endings.failed(work, attempt, Failure(failure, stopwatch.timings_ms))
        raise failure

    def _failure_of_crash(self, work: Work, attempt: Attempt, error: Exception) -> PixelmillError:
        if isinstance(error, OSError) and error.errno in _NO_ROOM:
            full = StoreUnavailable("There is no room to work in.")
            self._wait_for_store(work, full)
            return full
        _log.exception("attempt_crashed", attempt=attempt.number)
        return InternalError()

    def _wait_for_store(self, work: Work, error: PixelmillError) -> None:
        """Raise `Postponed` if it was the store that failed, and the task may wait for it."""
        if isinstance(error, StoreUnavailable) and self._patience.lasts_for(work):
            seconds = self._patience.store_failed()
            _log.warning("task_waits_for_store", seconds=round(seconds, 1))
            metrics.postponed.inc()
            raise Postponed(seconds) from error
