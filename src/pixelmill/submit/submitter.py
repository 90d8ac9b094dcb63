"""From a valid request to its task: identity, upload, queue."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pixelmill.queue.task_queue import Submission, TaskQueue
from pixelmill.submit.request import QueueTaskRequest, UploadTaskRequest


@dataclass(frozen=True)
class Upload:
    """A file that came with a request, spooled to disk and hashed by whoever received it."""

    path: Path
    sha256: str
    size_bytes: int


class UploadStore(Protocol):
    """Where uploads go: the part of the store a submission needs."""

    async def put_file(self, key: str, path: Path) -> None:
        """Store a file, whole or not at all."""


class Submitter:
    """Finds or starts the task of a request.

    Args:
        queue: The queue.
        store: Keeps uploads until the worker reads them.
        tenant: Whose tasks these are; tenants share no tasks.
    """

    def __init__(self, queue: TaskQueue, store: UploadStore, tenant: str = "") -> None:
        raise NotImplementedError

    async def submit(self, request: QueueTaskRequest) -> Submission:
        """Find or start the task for a source on the web. Raises what `TaskQueue.enqueue` raises."""
        raise NotImplementedError

    async def submit_upload(self, request: UploadTaskRequest, upload: Upload) -> Submission:
        """Find or start the task for an uploaded source; the file is stored only if it is needed.

        Raises:
            StoreUnavailable: The upload cannot be stored; nothing was enqueued.
        """
        raise NotImplementedError
