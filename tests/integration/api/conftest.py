"""One api for all tests of this folder: every test uses sources of its own."""

from collections.abc import Iterator

import httpx
import pytest

from pixelmill.audit.migrate import migrate
from tests.support.api_server import ApiServer
from tests.support.servers import PostgresServer, ValkeyServer
from tests.support.toy_worker import ToyWorker


@pytest.fixture(scope="package")
def package_redis_url() -> Iterator[str]:
    with ValkeyServer() as server:
        yield server.url


@pytest.fixture(scope="package")
def package_database_url(_shared_postgres: PostgresServer) -> Iterator[str]:
    url = _shared_postgres.create_database()
    migrate(url)
    yield url
    _shared_postgres.drop_database(url)


@pytest.fixture(scope="package")
def api(
    package_redis_url: str, package_database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ApiServer]:
    with ApiServer(
        redis_url=package_redis_url,
        database_url=package_database_url,
        folder=tmp_path_factory.mktemp("api"),
        PIXELMILL_FETCH_MAX_BYTES=str(1024 * 1024),
        PIXELMILL_API_THREADS="8",
    ) as server:
        yield server


@pytest.fixture
def http(api: ApiServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=api.url, timeout=15) as client:
        yield client


@pytest.fixture
def worker(package_redis_url: str) -> Iterator[ToyWorker]:
    with ToyWorker(package_redis_url) as running:
        yield running
