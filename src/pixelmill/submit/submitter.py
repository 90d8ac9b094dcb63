"""From a valid request to its task: identity, upload, queue."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from pixelmill.domain.source import Source, UploadSource, UrlSource
from pixelmill.domain.task import Work
from pixelmill.queue.task_queue import Submission, TaskQueue
from pixelmill.store.keys import slot_of, upload_key
from pixelmill.submit.identity import task_id_of
from pixelmill.submit.request import QueueTaskRequest, UploadTaskRequest


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
        tenant: Whose tasks these are; tenants share no tasks.
    """

    def __init__(self, queue: TaskQueue, store: UploadStore, tenant: str = "") -> None:
        self._queue = queue
        self._store = store
        self._tenant = tenant

    async def submit(self, request: QueueTaskRequest) -> Submission:
        """Find or start the task for a source on the web. Raises what `TaskQueue.enqueue` raises."""
        source = UrlSource(image_url=request.image_url)
        task_id = task_id_of(source, request.variants, self._tenant)
        return await self._enqueue(task_id, source, request)

    async def submit_upload(self, request: UploadTaskRequest, upload: Upload) -> Submission:
        """Find or start the task for an uploaded source; the file is stored only if it is needed.

        Raises:
            StoreUnavailable: The upload cannot be stored; nothing was enqueued.
        """
        source = UploadSource(sha256=upload.sha256, size_bytes=upload.size_bytes, key="")
        task_id = task_id_of(source, request.variants, self._tenant)
        answer = await self._queue.join(task_id, request.priority, refresh=request.refresh)
        if answer is not None:
            return answer
        key = upload_key(slot_of(datetime.now(UTC)), task_id)
        await self._store.put_files({key: upload.path})
        return await self._enqueue(task_id, source.model_copy(update={"key": key}), request)

    async def _enqueue(self, task_id: str, source: Source, request: UploadTaskRequest) -> Submission:
        work = Work(
            task_id=task_id,
            source=source,
            variants=request.variants,
            priority=request.priority,
            queued_at=datetime.now(UTC),
        )
        return await self._queue.enqueue(work, refresh=request.refresh)
