"""The command line as a person runs it: a process of its own, against a real api."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

from pixelmill.audit.migrate import migrate
from tests.support.api_server import ApiServer
from tests.support.toy_worker import ToyWorker

Run = Callable[..., "subprocess.CompletedProcess[str]"]

PROGRAM: Final = Path(sys.executable).with_name("pixelmill")
TIMEOUT_SECONDS: Final = 60


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs `pixelmill` with arguments, in an empty folder; settings are keyword arguments."""

    def run_pixelmill(*arguments: str | Path, **settings: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [PROGRAM, *arguments],
            cwd=tmp_path,
            env={**os.environ, **settings},
            capture_output=True,
            text=True,
            check=False,
            timeout=TIMEOUT_SECONDS,
        )

    return run_pixelmill


@pytest.fixture
def api(redis_url: str, database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    """A real api on an empty queue and an empty trail."""
    migrate(database_url)
    with ApiServer(redis_url=redis_url, database_url=database_url, folder=tmp_path_factory.mktemp("api")) as server:
        yield server


@pytest.fixture
def toy_worker(redis_url: str) -> Iterator[ToyWorker]:
    """A worker that ends tasks as their URL asks for."""
    with ToyWorker(redis_url) as worker:
        yield worker
