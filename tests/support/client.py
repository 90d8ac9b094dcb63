"""Enqueue work and wait for its end without the api: tests of the worker begin where the queue does."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from pixelmill.domain.source import Source, UrlSource
from pixelmill.domain.task import Task, Work, new_acceptance_id
from pixelmill.domain.transformation import Transformation
from pixelmill.queue.task_queue import TaskQueue
from pixelmill.settings import QueueSettings, ResultSettings
from tests.support.tasks import JOURNAL, a_task_id
from tests.support.wait import wait_until_async

WIDTH = 200


class Client:
    """Enqueues work as the api does, and waits for its end."""

    def __init__(self, queue: TaskQueue) -> None:
        self.queue = queue

    async def enqueue(self, source: str | Source, **variants: Transformation) -> str:
        """Have a source transformed, by default to one small image; returns the id of the task."""
        if isinstance(source, str):
            source = UrlSource(image_url=source)
        wanted = variants or {"image": Transformation(width=WIDTH)}
        task_id = a_task_id(f"{source.identity} {wanted}")
        await self.queue.enqueue(
            Work(
                acceptance_id=new_acceptance_id(),
                task_id=task_id,
                source=source,
                variants=wanted,
                queued_at=datetime.now(UTC),
            )
        )
        return task_id

    async def task(self, task_id: str) -> Task:
        task = await self.queue.get(task_id)
        assert task is not None
        return task

    async def end_of(self, task_id: str) -> Task:
        """The task when it has ended."""

        async def has_ended() -> bool:
            return (await self.task(task_id)).status.is_final

        await wait_until_async(has_ended, timeout_seconds=20)
        return await self.task(task_id)

    async def run(self, source: str | Source, **variants: Transformation) -> Task:
        return await self.end_of(await self.enqueue(source, **variants))


@asynccontextmanager
async def connected(redis_url: str) -> AsyncIterator[Client]:
    """A client whose tasks are retried after a tenth of a second."""
    queue = TaskQueue(QueueSettings(redis_url=redis_url, backoff_seconds=0.1), ResultSettings(), JOURNAL)
    try:
        yield Client(queue)
    finally:
        await queue.close()
