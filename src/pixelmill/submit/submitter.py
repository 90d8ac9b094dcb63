"""From a valid request to its task: identity, upload, queue."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from pixelmill.domain.access import Caller
from pixelmill.domain.source import Source, UploadSource, UrlSource
from pixelmill.domain.task import Work, new_acceptance_id
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
    """A file that came with a request, written to the receiving folder of the store and hashed on the way."""

    path: Path
    sha256: str
    size_bytes: int


class UploadStore(Protocol):
    """Where uploads go: the part of the store a submission needs. Methods raise `StoreUnavailable`."""

    async def has_file(self, key: str) -> bool:
        """Whether a file is stored under a key."""

    async def take_file(self, key: str, path: Path) -> None:
        """Store a file of the receiving folder, whole or not at all."""


class Submitter:
    """Finds or starts the task of a request.

    Args:
        queue: The queue.
        store: Keeps uploads until the worker reads them.
        presets: The sets of variants that requests may name.
        announcer: Tells webhooks of ends; None if this service has no secret to sign with.
    """

    def __init__(
        self, queue: TaskQueue, store: UploadStore, presets: Presets, announcer: Announcer | None = None
    ) -> None:
        self._queue = queue
        self._subscriber = Subscriber(queue, announcer)
        self._store = store
        self._presets = presets

    async def submit(self, request: QueueTaskRequest, caller: Caller) -> Submission:
        """Find or start the task for a source on the web.

        Args:
            request: What is asked.
            caller: Who asks. Tenants share no tasks.

        Raises:
            InvalidRequest: There is no such preset, or the parameters do not go with it; or nobody can be told here.
            PixelmillError: What `TaskQueue.enqueue` raises.
        """
        work = self._work(UrlSource(image_url=request.image_url), request, caller)
        webhook_url = request.webhook_url or caller.webhook_url
        await self._subscriber.subscribe(work.task_id, webhook_url)
        return await self._enqueue(work, request, webhook_url)

    async def submit_upload(self, request: UploadTaskRequest, upload: Upload, caller: Caller) -> Submission:
        """Find or start the task for an uploaded source; the file is stored only if its bytes are not there.

        Args:
            request: What is asked.
            upload: The source. Its bytes are stored once, whoever brings them.
            caller: Who asks.

        Raises:
            StoreUnavailable: The upload cannot be stored; nothing was enqueued.
            PixelmillError: As `submit`.
        """
        source = UploadSource(sha256=upload.sha256, size_bytes=upload.size_bytes, key="")
        work = self._work(source, request, caller)
        webhook_url = request.webhook_url or caller.webhook_url
        await self._subscriber.subscribe(work.task_id, webhook_url)
        answer = await self._queue.join(work.task_id, request.priority, refresh=request.refresh)
        if answer is not None:
            await self._subscriber.submitted(answer, webhook_url)
            return answer
        key = await self._stored(upload)
        stored = work.model_copy(update={"source": source.model_copy(update={"key": key})})
        return await self._enqueue(stored, request, webhook_url)

    async def _stored(self, upload: Upload) -> str:
        """Where the store has the bytes of an upload: perhaps another task has brought them lately."""
        key = await self._queue.uploads.find(upload.sha256)
        if key is not None and await self._store.has_file(key):
            return key
        key = upload_key(slot_of(datetime.now(UTC)), upload.sha256)
        await self._store.take_file(key, upload.path)
        await self._queue.uploads.enter(upload.sha256, key)
        return key

    async def _enqueue(self, work: Work, request: UploadTaskRequest, webhook_url: str | None) -> Submission:
        submission = await self._queue.enqueue(work, refresh=request.refresh)
        await self._subscriber.submitted(submission, webhook_url)
        return submission

    def _work(self, source: Source, request: UploadTaskRequest, caller: Caller) -> Work:
        variants = self._presets.variants_of(request)
        return Work(
            acceptance_id=new_acceptance_id(),
            task_id=task_id_of(source, variants, caller.tenant, with_markup=request.with_markup),
            tenant=caller.tenant,
            source=source,
            variants=variants,
            with_markup=request.with_markup,
            priority=request.priority,
            refresh=request.refresh,
            queued_at=datetime.now(UTC),
        )
