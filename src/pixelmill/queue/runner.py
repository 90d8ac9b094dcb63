"""Run attempts for BullMQ: hand it outcomes and failures in its terms, and give back what cannot be finished here."""

import asyncio
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final, NoReturn

import structlog
from bullmq import Job
from bullmq.custom_errors import DelayedError, UnrecoverableError
from redis.exceptions import RedisError

from pixelmill.domain.errors import InternalError, PixelmillError, WorkerLost
from pixelmill.domain.postponed import Postponed
from pixelmill.domain.task import Outcome, Progress, Stage, Work
from pixelmill.queue.attempt import Attempt, Lease, LeaseLostError, OnLost, Process, ReportStage, failure_of
from pixelmill.queue.engine import moment
from pixelmill.queue.kept import KeptTask, State
from pixelmill.settings import ResultSettings

MAX_STALLED: Final = 2
"""A task whose worker died is run again this often. The third death makes it a dead letter: it may be the killer."""

_log = structlog.get_logger()


class AttemptRunner:
    """What BullMQ's worker calls for every job.

    Args:
        results: How long the ends of tasks are kept.
        process: Does the work of one attempt.
        on_lost: Told of tasks given up after their workers died.
    """

    def __init__(self, results: ResultSettings, process: Process, on_lost: OnLost) -> None:
        self._results = results
        self._process = process
        self._on_lost = on_lost
        self._running: dict[str, asyncio.Task[Any]] = {}  # by the token of the lease
        self._abandoned: set[str] = set()
        self._lost: set[str] = set()

    async def run(self, job: Job, token: str) -> dict[str, Any]:
        """Run one attempt.

        BullMQ counts the parameters: a third one would make it pass a signal for cooperative cancellation.
        """
        current = asyncio.current_task()
        assert current is not None  # noqa: S101 - BullMQ runs this in a task
        self._running[token] = current
        try:
            lease = Lease(f"{job.queue.keys['']}{job.id}:lock", token)
            if job.id in self._lost:
                await self._bury(job, lease)
            outcome = await self._attempt(job, lease)
            return outcome.model_dump(mode="json", exclude_none=True)
        except LeaseLostError:
            _log.info("lease_lost", task_id=job.id)
            raise DelayedError from None
        except asyncio.CancelledError:
            del self._running[token]  # so that handing back is not canceled, too
            if token not in self._abandoned:
                await _hand_back(job, token)
            raise DelayedError from None
        except Postponed as postponed:
            del self._running[token]
            await _postpone(job, token, postponed.seconds)
            raise DelayedError from None
        finally:
            self._running.pop(token, None)
            self._abandoned.discard(token)

    def take_over_lost(self, job: Job, _previous: str) -> None:
        """Bury a task of dead workers ourselves: BullMQ would do it at once, before the trail knows of it."""
        if job.deferredFailure:
            job.deferredFailure = None
            self._lost.add(job.id)

    def abandon(self, tokens: Iterable[str]) -> None:
        """Cancel attempts whose lease is gone: the task is another worker's, or canceled. Their outcome is refused."""
        for token in tokens:
            if token in self._running:
                self._abandoned.add(token)
                self._running[token].cancel()

    def hand_back_all(self) -> None:
        """Cancel all attempts and give their tasks back to the queue."""
        for attempt in self._running.values():
            attempt.cancel()

    async def _attempt(self, job: Job, lease: Lease) -> Outcome:
        try:
            work = Work.model_validate(job.data)
            return await self._process(work, _attempt_of(job, lease), _reporter(job))
        except (Postponed, LeaseLostError):
            raise
        except PixelmillError as error:
            raise failure_of(error) from error
        except Exception as error:
            _log.exception("attempt_crashed", task_id=job.id)
            raise failure_of(InternalError()) from error

    async def _bury(self, job: Job, lease: Lease) -> NoReturn:
        self._lost.remove(job.id)
        work = Work.model_validate(job.data)
        error = WorkerLost(f"Its workers died {MAX_STALLED + 1} times.").as_task_error()
        ended = KeptTask(
            state=State.FAILED,
            work=work,
            priority=work.priority,
            attempts=job.attemptsStarted - 1,  # this run is none
            started_at=moment(job.processedOn),
            finished_at=datetime.now(UTC),
            error=error,
        )
        _log.error("task_lost", task_id=work.task_id)
        await self._on_lost(work, ended.as_task(self._results), lease)
        raise UnrecoverableError(error.model_dump_json())


def _attempt_of(job: Job, lease: Lease) -> Attempt:
    return Attempt(
        lease=lease,
        number=job.attemptsStarted,
        started_at=moment(job.processedOn) or datetime.now(UTC),
        is_last=job.attemptsMade + 1 >= job.opts["attempts"],
    )


def _reporter(job: Job) -> ReportStage:
    async def report(stage: Stage, progress: Progress | None = None) -> None:
        if stage is Stage.FETCHING and progress is None:
            return
        told = {"progress": progress.model_dump(exclude_none=True)} if progress else {}
        try:
            await job.updateProgress({"stage": stage.value, "attempt": job.attemptsStarted} | told)
        except (RedisError, OSError, TypeError) as error:  # BullMQ raises TypeError for a job that is gone
            _log.warning("stage_not_reported", task_id=job.id, stage=stage.value, error=repr(error))

    return report


async def _hand_back(job: Job, token: str, seconds: float = 0) -> None:
    """Put the task back so that any worker takes it, after so long. If this fails, that happens when its lease ends."""
    try:
        await job.moveToDelayed(round((time.time() + seconds) * 1000), token)
    except (RedisError, OSError, TypeError) as error:  # BullMQ raises TypeError when the lease is another worker's
        _log.warning("task_not_handed_back", task_id=job.id, error=repr(error))


async def _postpone(job: Job, token: str, seconds: float) -> None:
    """Put the task back as if it had not been started."""
    try:
        # Before it is there, or it would look for a moment like one that has failed.
        await job.backend.conn.hincrby(job.backend.toKey(job.id), "ats", -1)
    except (RedisError, OSError) as error:
        _log.warning("start_still_counted", task_id=job.id, error=repr(error))
    await _hand_back(job, token, seconds)
