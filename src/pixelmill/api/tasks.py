"""The queue as the threads that answer requests use it: every call has an end, and long polls leave threads free."""

import asyncio
import threading
from collections.abc import Coroutine, Sequence
from typing import Final, TypeVar

from pixelmill.domain.access import Caller
from pixelmill.domain.errors import PixelmillError
from pixelmill.domain.overview import Workers
from pixelmill.domain.task import Task
from pixelmill.queue.announcer import Announcer
from pixelmill.queue.blocking import QueueThread
from pixelmill.queue.dead_letters import DeadLetterPage, Requeued
from pixelmill.queue.depth import QueueDepth
from pixelmill.queue.intake import Submission
from pixelmill.queue.kept import Change
from pixelmill.queue.task_queue import TaskQueue
from pixelmill.queue.watcher import Until, Watcher
from pixelmill.submit.idempotency import OnceSubmitter
from pixelmill.submit.request import QueueTaskRequest, UploadTaskRequest
from pixelmill.submit.submitter import Upload
from pixelmill.telemetry import metrics

T = TypeVar("T")

CALL_SECONDS: Final = 2.5
"""A little more than the queue gives itself, so that its own, better explained error wins."""

UPLOAD_SECONDS: Final = 30.0
"""Copying and syncing the largest upload on a slow, busy disk."""

BATCH_SECONDS: Final = 30.0
"""A thousand submissions, each synced to a slow disk."""

BATCH_CONCURRENCY: Final = 16
"""Of the connections to Redis, half are left to others."""

SCAN_SECONDS: Final = 10.0
"""What looks at many tasks takes many round trips; each of them has the time of a call."""

_LATE_SECONDS: Final = CALL_SECONDS
"""What a wait may take beyond its time, to read the state of the task at its end."""

_WAITING_SHARE: Final = 0.75
"""Of the request threads, at most so many are held by long polls."""


class Tasks:
    """Submits, looks up and waits for tasks.

    Methods raise `QueueUnavailable` when Redis does not answer within `CALL_SECONDS`.

    Args:
        thread: Runs the coroutines of the others.
        queue: The queue.
        watcher: Tells when tasks change.
        submitter: Finds or starts the task of a request.
        announcer: Tells webhooks of tasks that are canceled; None if this service has none.
        threads: How many requests are answered at once.
    """

    def __init__(
        self,
        *,
        thread: QueueThread,
        queue: TaskQueue,
        watcher: Watcher,
        submitter: OnceSubmitter,
        announcer: Announcer | None,
        threads: int,
    ) -> None:
        self._thread = thread
        self._queue = queue
        self._watcher = watcher
        self._submitter = submitter
        self._announcer = announcer
        self._seats = threading.BoundedSemaphore(max(1, int(threads * _WAITING_SHARE)))
        self._ending = asyncio.Event()

    def start(self) -> None:
        """Start following the queue's events; to be called in the process that serves."""
        self._call(self._watcher.start())

    def submit(self, request: QueueTaskRequest, caller: Caller, idempotency_key: str | None = None) -> Submission:
        """Find or start the task of a request; see `OnceSubmitter`."""
        return self._call(self._submitter.submit(request, caller, idempotency_key))

    def submit_all(self, requests: Sequence[QueueTaskRequest], caller: Caller) -> list[Submission | PixelmillError]:
        """Find or start the tasks of many requests; says of each, in order, what came of it."""
        return self._call(self._submit_all(requests, caller), BATCH_SECONDS)

    def submit_upload(
        self, request: UploadTaskRequest, upload: Upload, caller: Caller, idempotency_key: str | None = None
    ) -> Submission:
        """Find or start the task of a request that brought its image; see `OnceSubmitter`."""
        return self._call(self._submitter.submit_upload(request, upload, caller, idempotency_key), UPLOAD_SECONDS)

    def get(self, task_id: str) -> Task | None:
        """The task; None if there is none, or its life is over."""
        return self._call(self._queue.get(task_id))

    def wait(self, known: Task, until: Until, seconds: float) -> tuple[Task | None, bool]:
        """Wait until a task changes or has ended.

        Returns:
            The task as it is then (None if it is gone), and whether there was room to wait for it: if not, it is
            `known`, at once.
        """
        if self._ending.is_set() or not self._seats.acquire(blocking=False):
            return known, False
        try:
            with metrics.api_waiting.track_inprogress():
                return self._call(self._wait(known, until, seconds), seconds + _LATE_SECONDS), True
        finally:
            self._seats.release()

    def cancel(self, task_id: str, caller: Caller) -> Change | None:
        """End a task that is pending; see `TaskQueue.cancel`."""
        return self._call(self._cancel(task_id, caller))

    def dead_letters(self, cursor: str | None, limit: int) -> DeadLetterPage:
        """A page of the dead letters; see `TaskQueue.dead_letters`."""
        return self._call(self._queue.dead_letters(cursor, limit), SCAN_SECONDS)

    def requeue(self, task_id: str) -> Change | None:
        """Start a dead letter again; see `TaskQueue.requeue`."""
        return self._call(self._queue.requeue(task_id))

    def requeue_all(self, cursor: str | None) -> Requeued:
        """Start dead letters again; see `TaskQueue.requeue_all`."""
        return self._call(self._queue.requeue_all(cursor), SCAN_SECONDS)

    def depth(self, timeout_seconds: float) -> QueueDepth:
        """How much is in the queue."""
        return self._call(self._queue.depth(), timeout_seconds)

    def count_ended_lately(self, timeout_seconds: float) -> int:
        """How many tasks have ended in the last minute."""
        return self._call(self._queue.count_ended_lately(), timeout_seconds)

    def count_dead_letters(self, timeout_seconds: float) -> int:
        """How many dead letters there are."""
        return self._call(self._queue.count_dead_letters(), timeout_seconds)

    def workers(self, timeout_seconds: float) -> Workers:
        """The workers that are alive."""
        return self._call(self._queue.workers(), timeout_seconds)

    def ping(self) -> None:
        """Raise `QueueUnavailable` unless Redis answers."""
        self._call(self._queue.ping())

    def end_waits(self) -> None:
        """Have all who wait answered now, and nobody wait from now on: the process is about to end."""
        self._call(self._end_waits())

    async def _wait(self, known: Task, until: Until, seconds: float) -> Task | None:
        waiting = asyncio.create_task(self._watcher.wait(known.task_id, known, until, seconds))
        ending = asyncio.create_task(self._ending.wait())
        try:
            await asyncio.wait((waiting, ending), return_when=asyncio.FIRST_COMPLETED)
            return waiting.result() if waiting.done() else known
        finally:
            waiting.cancel()
            ending.cancel()

    async def _submit_all(
        self, requests: Sequence[QueueTaskRequest], caller: Caller
    ) -> list[Submission | PixelmillError]:
        turns = asyncio.Semaphore(BATCH_CONCURRENCY)

        async def submit(request: QueueTaskRequest) -> Submission | PixelmillError:
            async with turns:
                try:
                    return await self._submitter.submit(request, caller, None)
                except PixelmillError as error:
                    return error

        return await asyncio.gather(*map(submit, requests))

    async def _cancel(self, task_id: str, caller: Caller) -> Change | None:
        change = await self._queue.cancel(task_id, caller.sees)
        if self._announcer is not None and change is not None and change.is_new:
            await self._announcer.announce(change.task)
        return change

    async def _end_waits(self) -> None:
        self._ending.set()

    def _call(self, coroutine: Coroutine[object, object, T], timeout_seconds: float = CALL_SECONDS) -> T:
        return self._thread.call(coroutine, timeout_seconds)
