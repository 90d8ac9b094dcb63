"""A cleanup crew for tests: the real process, on a free port."""

import os
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
STOP_SECONDS: Final = 20.0

MAIN: Final = """
from pixelmill.cleanup_crew import lease, main
from pixelmill.expire import sweep
lease.LEASE_SECONDS = {lease_seconds}
sweep.BATCH_TASKS = {batch_tasks}
main.main()
"""


@dataclass(frozen=True)
class CrewProcess:
    """A running crew."""

    process: "subprocess.Popen[bytes]"
    port: int

    def ask(self, path: str) -> httpx.Response:
        """A route of its metrics and health."""
        return httpx.get(f"http://127.0.0.1:{self.port}{path}", timeout=5)

    def metric(self, series: str) -> float:
        """The value of one series, such as `pixelmill_sweeps_total{outcome="completed"}`; 0 if it was never counted."""
        lines = [line.rsplit(" ", 1) for line in self.ask("/metrics").text.splitlines()]
        return next((float(value) for name, value in lines if name == series), 0.0)

    @property
    def sweeps(self) -> float:
        """How many sweeps it has completed."""
        return self.metric('pixelmill_sweeps_total{outcome="completed"}')

    def is_up(self) -> bool:
        assert self.process.poll() is None, f"the crew has ended with {self.process.returncode}"
        try:
            return self.ask("/health").is_success
        except httpx.TransportError:
            return False


@contextmanager
def running_crew(
    store: Path,
    redis_url: str,
    settings: Mapping[str, str] | None = None,
    *,
    lease_seconds: float = 15.0,
    batch_tasks: int = 50,
) -> Iterator[CrewProcess]:
    """Start a crew and wait until it is up; at the end, if it still runs, stop it in order.

    With batches of one task a sweep takes some seconds, so that it has a middle.
    """
    port = free_port()
    environment = {
        "REDIS_URL": redis_url,
        "PIXELMILL_STORE_URL": store.as_uri(),
        "PIXELMILL_CLEANUP_PORT": str(port),
        "PIXELMILL_CLEANUP_INTERVAL_SECONDS": "0.1",
    }
    command = [sys.executable, "-c", MAIN.format(lease_seconds=lease_seconds, batch_tasks=batch_tasks)]
    with subprocess.Popen(command, env={**os.environ, **environment, **(settings or {})}) as process:
        crew = CrewProcess(process, port)
        try:
            wait_until(crew.is_up, START_SECONDS)
            yield crew
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
