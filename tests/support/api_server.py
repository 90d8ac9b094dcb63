"""The real api for tests: the role's own `main`, served by granian in a process of its own on a free port."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
import psutil

from tests.support.ports import free_port
from tests.support.wait import wait_until


class ApiServer:
    """An api process and what it logs.

    Args:
        redis_url: Its queue.
        database_url: Its trail.
        folder: Its store, its temporary files and its log.
        settings: More settings, by environment variable.
    """

    def __init__(self, *, redis_url: str, database_url: str, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.servers = {"redis_url": redis_url, "database_url": database_url}
        self.log = folder / "api.log"
        self.scratch = folder / "scratch"
        self.scratch.mkdir(parents=True, exist_ok=True)
        self.url = f"http://127.0.0.1:{free_port()}"
        self._environment = os.environ | {
            "REDIS_URL": redis_url,
            "DATABASE_URL": database_url,
            "PIXELMILL_STORE_URL": (folder / "store").as_uri(),
            "PIXELMILL_API_PORT": self.url.rpartition(":")[2],
            "PIXELMILL_LOG_FORMAT": "json",
            "TMPDIR": str(self.scratch),
            **settings,
        }
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def process(self) -> subprocess.Popen[bytes]:
        assert self._process is not None, "the api was not started"
        return self._process

    @property
    def serving(self) -> psutil.Process:
        """The process that answers requests: the only child of the one that was started."""
        (child,) = psutil.Process(self.process.pid).children()
        return child

    def start(self) -> None:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "pixelmill.api.main"], env=self._environment, stdout=log, stderr=log
            )
        wait_until(self._answers, timeout_seconds=30)

    def stop(self, *, with_signal: int = signal.SIGTERM) -> int:
        """End the process; returns its exit status."""
        self.process.send_signal(with_signal)
        return self.await_end()

    def await_end(self) -> int:
        """Wait until the process, which was told to end, has; returns its exit status."""
        status = self.process.wait(timeout=30)
        self._process = None
        return status

    def is_listening(self) -> bool:
        """Whether a new connection is taken."""
        try:
            socket.create_connection(("127.0.0.1", int(self.url.rpartition(":")[2]))).close()
        except ConnectionError:
            return False
        return True

    def received_files(self) -> list[Path]:
        """What was written of uploads and neither stored nor removed; temporary files of any kind."""
        return [*self.scratch.iterdir(), *(self.folder / "store" / "unfinished").iterdir()]

    def events(self, name: str) -> list[dict[str, Any]]:
        """The log lines of an event."""
        lines = (line for line in self.log.read_text().splitlines() if line.startswith("{"))
        return [event for event in map(json.loads, lines) if event["event"] == name]

    def _answers(self) -> bool:
        assert self.process.poll() is None, f"the api has ended:\n{self.log.read_text()}"
        try:
            return httpx.get(f"{self.url}/health").is_success
        except httpx.TransportError:
            return False

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self.stop()
