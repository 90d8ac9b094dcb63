"""From a valid request to its task: identity, upload, queue."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from pixelmill.domain.source import Source, UploadSource, UrlSource
from pixelmill.domain.task import Work
from pixelmill.queue.announcer import Announcer
from pixelmill.queue.intake import Submission
from pixelmill.queue.task_queue import TaskQueue
from pixelmill.store.keys import slot_of, upload_key
from pixelmill.submit.identity import task_id_of
from pixelmill.submit.presets import Presets
from pixelmill.submit.request import QueueTaskRequest, UploadTaskRequest
from pixelmill.submit.subscriber import Subscriber


@dataclass(frozen=True)
class Upload:
    """A file that came with a request, spooled to disk and hashed by whoever received it."""

    path: Path
    sha256: str
    size_bytes: int


class UploadStore(Protocol):
    """Where uploads go: the part of the store a submission needs."""

    async def put_files(self, files: Mapping[str, Path]) -> None:
        """Store copies of files under their keys, each whole or not at all."""


class Submitter:
    """Finds or starts the task of a request.

    Args:
        queue: The queue.
        store: Keeps uploads until the worker reads them.
        presets: The sets of variants that requests may name.
        announcer: Tells webhooks of ends; None if this service has no secret to sign with.
        tenant: Whose tasks these are; tenants share no tasks.
    """

    def __init__(
        self,
        queue: TaskQueue,
        store: UploadStore,
        presets: Presets,
        announcer: Announcer | None = None,
        tenant: str = "",
    ) -> None:
        self._queue = queue
        self._subscriber = Subscriber(queue, announcer)
        self._store = store
        self._presets = presets
        self._tenant = tenant

    async def submit(self, request: QueueTaskRequest) -> Submission:
        """Find or start the task for a source on the web.

        Raises:
            InvalidRequest: There is no such preset, or the parameters do not go with it; or nobody can be told here.
            PixelmillError: What `TaskQueue.enqueue` raises.
        """
        work = self._work(UrlSource(image_url=request.image_url), request)
        await self._subscriber.subscribe(work.task_id, request.webhook_url)
        return await self._enqueue(work, request)

    async def submit_upload(self, request: UploadTaskRequest, upload: Upload) -> Submission:
        """Find or start the task for an uploaded source; the file is stored only if it is needed.

        Raises:
            StoreUnavailable: The upload cannot be stored; nothing was enqueued.
            PixelmillError: As `submit`.
        """
        source = UploadSource(sha256=upload.sha256, size_bytes=upload.size_bytes, key="")
        work = self._work(source, request)
        await self._subscriber.subscribe(work.task_id, request.webhook_url)
        answer = await self._queue.join(work.task_id, request.priority, refresh=request.refresh)
        if answer is not None:
            await self._subscriber.submitted(answer, request.webhook_url)
            return answer
        key = upload_key(slot_of(datetime.now(UTC)), work.task_id)
        await self._store.put_files({key: upload.path})
        stored = work.model_copy(update={"source": source.model_copy(update={"key": key})})
        return await self._enqueue(stored, request)

    async def _enqueue(self, work: Work, request: UploadTaskRequest) -> Submission:
        submission = await self._queue.enqueue(work, refresh=request.refresh)
        await self._subscriber.submitted(submission, request.webhook_url)
        return submission

    def _work(self, source: Source, request: UploadTaskRequest) -> Work:
        variants = self._presets.variants_of(request)
        with_markup = request.preset is not None
        return Work(
            task_id=task_id_of(source, variants, self._tenant, with_markup=with_markup),
            source=source,
            variants=variants,
            with_markup=with_markup,
            priority=request.priority,
            refresh=request.refresh,
            queued_at=datetime.now(UTC),
        )
