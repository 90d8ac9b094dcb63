"""A real worker with its servers, shared by all tests here: a test that breaks it breaks the next one too."""

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from pixelmill.audit.migrate import migrate
from tests.support.client import Client, connected
from tests.support.origin import Origin
from tests.support.servers import PostgresServer, ValkeyServer
from tests.support.worker_process import WorkerProcess, running_worker


@pytest.fixture(scope="session")
def origin() -> Iterator[Origin]:
    with Origin() as origin:
        yield origin


@pytest.fixture(scope="session")
def settings(origin: Origin) -> Iterator[dict[str, str]]:
    """Servers of its own, and limits that make a test of each short."""
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


@pytest.fixture(scope="session")
def worker(settings: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkerProcess]:
    with running_worker(tmp_path_factory.mktemp("worker"), settings) as worker:
        yield worker


@pytest.fixture
async def client(settings: dict[str, str]) -> AsyncIterator[Client]:
    async with connected(settings["REDIS_URL"]) as client:
        yield client


@pytest.fixture
def file_of(worker: WorkerProcess) -> Callable[[str], Path]:
    """The file nginx would serve at a URL."""
    return lambda url: worker.store / "results" / url.removeprefix("/images/")
