"""A real worker with its servers, shared by the tests of a module: a test that breaks it breaks the next one too."""

from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pixelmill.audit.migrate import migrate
from pixelmill.domain.source import Source, UrlSource
from pixelmill.domain.task import Task, Work
from pixelmill.domain.transformation import Transformation
from pixelmill.queue.task_queue import TaskQueue
from pixelmill.settings import QueueSettings, ResultSettings
from tests.support.origin import Origin
from tests.support.servers import PostgresServer, ValkeyServer
from tests.support.tasks import a_task_id
from tests.support.wait import wait_until_async
from tests.support.worker_process import WorkerProcess, running_worker

WIDTH = 200


@pytest.fixture(scope="module")
def origin() -> Iterator[Origin]:
    with Origin() as origin:
        yield origin


@pytest.fixture(scope="module")
def settings(origin: Origin) -> Iterator[dict[str, str]]:
    """Servers of the module's own, and limits that make a test of each short."""
    with ValkeyServer() as valkey, PostgresServer(durable=False) as postgres:
        database_url = postgres.create_database()
        migrate(database_url)
        yield {
            "REDIS_URL": valkey.url,
            "DATABASE_URL": database_url,
            "PIXELMILL_FETCH_ALLOWED_NETWORKS": "127.0.0.1",
            "PIXELMILL_FETCH_ALLOWED_PORTS": str(origin.port),
            "PIXELMILL_FETCH_MAX_BYTES": "5000000",
            "PIXELMILL_FETCH_FIRST_BYTE_SECONDS": "1",
            "PIXELMILL_FETCH_TOTAL_SECONDS": "3",
            "PIXELMILL_AUDIT_BATCH_SECONDS": "0.05",
        }


@pytest.fixture(scope="module")
def worker(settings: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkerProcess]:
    with running_worker(tmp_path_factory.mktemp("worker"), settings) as worker:
        yield worker


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
        await self.queue.enqueue(Work(task_id=task_id, source=source, variants=wanted, queued_at=datetime.now(UTC)))
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


@pytest.fixture
async def client(settings: dict[str, str]) -> AsyncIterator[Client]:
    queue = TaskQueue(
        QueueSettings(redis_url=settings["REDIS_URL"], backoff_seconds=0.1), ResultSettings(failure_life_seconds=1)
    )
    yield Client(queue)
    await queue.close()


@pytest.fixture
def file_of(worker: WorkerProcess) -> Callable[[str], Path]:
    """The file nginx would serve at a URL."""
    return lambda url: worker.store / "results" / url.removeprefix("/images/")
