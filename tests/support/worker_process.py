"""A worker for tests: the real process, with its own scratch folder, on free ports."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from tests.support.ports import free_port
from tests.support.wait import wait_until

START_SECONDS: Final = 30.0
STOP_SECONDS: Final = 40.0


@dataclass(frozen=True)
class WorkerProcess:
    """A running worker: `python -m pixelmill.worker.main`."""

    process: "subprocess.Popen[bytes]"
    port: int
    folder: Path
    log: Path

    @property
    def store(self) -> Path:
        return self.folder / "store"

    @property
    def scratch(self) -> Path:
        return self.folder / "scratch"

    def ask(self, path: str) -> httpx.Response:
        """A route of its metrics and health."""
        return httpx.get(f"http://127.0.0.1:{self.port}{path}", timeout=5)

    def metric(self, series: str) -> float:
        """The value of one series, such as `pixelmill_tasks_running`; 0 if it has not been counted yet."""
        lines = [line.rsplit(" ", 1) for line in self.ask("/metrics").text.splitlines()]
        return next((float(value) for name, value in lines if name == series), 0.0)

    def has_logged(self, event: str) -> bool:
        return f'"event": "{event}"' in self.log.read_text()

    def is_ready(self) -> bool:
        assert self.process.poll() is None, f"the worker has ended with {self.process.returncode}"
        try:
            return self.ask("/ready").is_success
        except httpx.TransportError:
            return False


@contextmanager
def running_worker(folder: Path, settings: Mapping[str, str]) -> Iterator[WorkerProcess]:
    """Start a worker and wait until it is ready; at the end, if it still runs, stop it in order.

    Args:
        folder: Has the store and the scratch; several workers may share it.
        settings: Environment variables of settings, `REDIS_URL` and `DATABASE_URL` among them.
    """
    port = free_port()
    environment = {
        "PIXELMILL_STORE_URL": (folder / "store").as_uri(),
        "PIXELMILL_WORKER_SCRATCH_DIR": str(folder / "scratch"),
        "PIXELMILL_WORKER_PORT": str(port),
        "PIXELMILL_TRANSFORM_PROCESSES": "1",
    }
    command = [sys.executable, "-m", "pixelmill.worker.main"]
    log = folder / f"worker-{port}.log"
    with (
        log.open("wb") as output,
        subprocess.Popen(command, env={**os.environ, **environment, **settings}, stderr=output) as process,
    ):
        worker = WorkerProcess(process, port, folder, log)
        try:
            wait_until(worker.is_ready, START_SECONDS)
            yield worker
        finally:
            print(log.read_text())  # noqa: T201 - pytest shows it if the test fails
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(STOP_SECONDS)
                except subprocess.TimeoutExpired:
                    process.kill()
                    raise
