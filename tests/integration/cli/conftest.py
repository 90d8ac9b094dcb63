"""The command line as a person runs it: a process of its own, against a real api."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Final

import pytest

from pixelmill.audit.migrate import migrate
from tests.support.api_server import ApiServer
from tests.support.servers import PostgresServer, ValkeyServer
from tests.support.toy_worker import ToyWorker

Run = Callable[..., "subprocess.CompletedProcess[str]"]

PROGRAM: Final = Path(sys.executable).with_name("pixelmill")
TIMEOUT_SECONDS: Final = 60


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs `pixelmill` with arguments, in an empty folder; settings are keyword arguments."""

    def run_pixelmill(
        *arguments: str | Path, stdin: IO[str] | None = None, **settings: str
    ) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [PROGRAM, *arguments],
            cwd=tmp_path,
            env={**os.environ, **settings},
            stdin=stdin or subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=TIMEOUT_SECONDS,
        )

    return run_pixelmill


@pytest.fixture(scope="package")
def api_redis_url() -> Iterator[str]:
    """The queue of the api."""
    with ValkeyServer() as server:
        yield server.url


@pytest.fixture(scope="package")
def api(
    api_redis_url: str, _shared_postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ApiServer]:
    """One real api for all tests of this folder: every test uses sources of its own."""
    database_url = _shared_postgres.create_database()
    migrate(database_url)
    folder = tmp_path_factory.mktemp("api")
    with ApiServer(redis_url=api_redis_url, database_url=database_url, folder=folder) as server:
        yield server
    _shared_postgres.drop_database(database_url)


@pytest.fixture
def toy_worker(api_redis_url: str) -> Iterator[ToyWorker]:
    """A worker that ends tasks as their URL asks for."""
    with ToyWorker(api_redis_url) as worker:
        yield worker
