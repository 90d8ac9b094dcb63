"""Take tasks from the queue and have them processed: BullMQ's worker behind our contract."""

import asyncio
import contextlib
import uuid
from collections.abc import Awaitable, Callable
from typing import Final

import structlog
from bullmq import Job, Worker
from redis.exceptions import RedisError

from pixelmill.domain.errors import QueueUnavailable
from pixelmill.queue.attempt import Attempt, OnLost, Process, ReportStage, backoff_milliseconds
from pixelmill.queue.bulk_share import BulkShare
from pixelmill.queue.cancellation import cancel
from pixelmill.queue.connection import RECONNECT_MILLISECONDS, connect
from pixelmill.queue.engine import PREFIX
from pixelmill.queue.leases import Leases
from pixelmill.queue.presence import present
from pixelmill.queue.runner import MAX_STALLED, AttemptRunner
from pixelmill.settings import QueueSettings, ResultSettings

__all__ = ["Attempt", "Consumer", "OnLost", "Process", "ReportStage"]

SETTLE_SECONDS: Final = 2.5
"""How long attempts that were canceled may take to end before they are canceled again: see `cancellation`."""

HOLD_SECONDS: Final = 0.2
"""How often a worker that takes no tasks looks whether it may again, or is to end."""

_log = structlog.get_logger()


class Consumer:
    """Runs tasks, many at once, until it is closed.

    Args:
        settings: Where Redis is, and the rules of the queue.
        results: How long the ends of tasks are kept.
        process: Does the work of one attempt. It is canceled when the grace of `close` is over, and when its lease is
            lost because Redis was away for longer: the task runs elsewhere then.
        on_lost: Told of tasks given up after their workers died; may be told twice of one.
        concurrency: Tasks in flight.
        is_holding: Whether to take no task now.
    """

    def __init__(
        self,
        settings: QueueSettings,
        results: ResultSettings,
        process: Process,
        on_lost: OnLost,
        concurrency: int,
        *,
        is_holding: Callable[[], bool] = lambda: False,
    ) -> None:
        self._settings = settings
        self._concurrency = concurrency
        self._is_holding = is_holding
        self._runner = AttemptRunner(results, process, on_lost)
        self._worker: Worker | None = None
        self._keeping: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Take tasks until `close` is called; survives restarts of Redis.

        Raises:
            QueueUnavailable: Redis did not answer at the start, or BullMQ's worker gave up.
        """
        self._worker = worker = self._make_worker()
        try:
            # Without these answers BullMQ takes Redis for an old one and rounds retry delays up to whole seconds.
            for connection in (worker.redisConnection, worker.blockingRedisConnection):
                await connection.getRedisVersion()
        except (RedisError, OSError) as error:
            await worker.backend.close(force=True)
            raise QueueUnavailable from error
        leases = Leases(worker, self._settings.lease_seconds, self._runner.abandon)
        self._keeping = asyncio.create_task(leases.keep(), name="leases")
        async with present(self._settings, self._concurrency):
            await worker.run()
        if not worker.closing:
            await cancel(self._keeping)
            raise QueueUnavailable("The worker stopped taking tasks.")

    async def close(self, grace_seconds: float) -> None:
        """Take no more tasks, let the running ones end for `grace_seconds`, then hand the rest back to the queue.

        Canceled, it hands them back at once.

        BullMQ's own `close` stops renewing leases while it waits, so that tasks run twice; and if it is canceled, as
        by a second signal, it spins for ever.
        """
        if self._worker is None:
            return
        worker, self._worker = self._worker, None
        worker.closing = True
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(grace_seconds):
                    await self._drain(worker)
        finally:
            await self._drain(worker, hand_back=True)
            if self._keeping is not None:
                await cancel(self._keeping)
            worker.closed = True
            await worker.backend.close(force=True)

    async def _drain(self, worker: Worker, *, hand_back: bool = False) -> None:
        """Wait until nothing runs. Cancels again and again: see `cancellation`."""
        while running := [task for task in worker.processing if not task.done()]:
            if worker.waiting:
                worker.waiting.cancel()
            if hand_back:
                self._runner.hand_back_all()
            await asyncio.wait(running, timeout=SETTLE_SECONDS)

    def _make_worker(self) -> Worker:
        options = {
            "autorun": False,
            "connection": connect(self._settings.redis_url),
            "prefix": PREFIX,
            "concurrency": self._concurrency,
            "lockDuration": round(self._settings.lease_seconds * 1000),
            "lockRenewTime": 0,  # never: see `leases`
            "stalledInterval": round(self._settings.stalled_interval_seconds * 1000),
            "maxStalledCount": MAX_STALLED,
            "runRetryDelay": RECONNECT_MILLISECONDS,
            "settings": {"backoffStrategy": backoff_milliseconds},
        }
        worker = Worker(self._settings.name, self._runner.run, options)
        worker.getNextJob = _one_at_a_time(worker, self._is_holding)
        worker.on("active", self._runner.take_over_lost)
        worker.on("stalled", lambda task_id: _log.warning("task_stalled", task_id=task_id))
        worker.on("error", lambda error, *_: _log.warning("queue_error", error=repr(error)))
        return worker


def _one_at_a_time(worker: Worker, is_holding: Callable[[], bool]) -> Callable[[str], Awaitable[Job | None]]:
    """BullMQ's way to the next job, one call after the other, each with a lease of its own.

    By itself it asks for as many jobs at once as there are free slots, each time one arrives: with 32 slots that costs
    ten times the processor time of a task on an idle queue. And all that it asks for at once get the same token, the
    last: a task that is canceled, submitted again and taken once more would seem to have kept its lease.
    """
    fetch, turn, share = worker.getNextJob, asyncio.Lock(), BulkShare(worker)

    async def next_job(_token: str) -> Job | None:
        async with turn:
            while is_holding() and not worker.closing:  # noqa: ASYNC110 - until a time, or BullMQ's flag
                await asyncio.sleep(HOLD_SECONDS)
            if worker.closing:
                return None
            await share.before_take()
            job = await fetch(uuid.uuid4().hex)
            if job is not None:
                share.after_take()
            return job

    return next_job
