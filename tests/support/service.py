"""The whole service for a test: `pixelmill up` on a free port, in a directory of its own."""

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

from pixelmill.cli.checks.subject import find_subject
from pixelmill.settings import Settings
from tests.support.origin import Origin
from tests.support.ports import free_port
from tests.support.wait import wait_until

PROGRAM: Final = str(Path(sys.executable).with_name("pixelmill"))
START_SECONDS: Final = 60.0
STOP_SECONDS: Final = 60.0
SHOWN_LOG_CHARACTERS: Final = 6000


@dataclass(frozen=True)
class Service:
    """A running service.

    `origin` is a server on loopback that the service may fetch from; `data_dir` is what `pixelmill up` was given.
    """

    base_url: str
    data_dir: Path
    origin: Origin
    process: "subprocess.Popen[bytes]"

    @property
    def redis_url(self) -> str:
        """Of the embedded Valkey."""
        url = find_subject(Settings.from_environment(), self.data_dir).redis_url
        assert url is not None, "it does not run"
        return url


@contextmanager
def running_service(folder: Path, origin: Origin, settings: Mapping[str, str] | None = None) -> Iterator[Service]:
    """Start the service, wait until it is ready, and stop it as Ctrl-C does.

    Args:
        folder: An empty folder for its data and its output.
        origin: May be fetched from, although it is on loopback.
        settings: Further `PIXELMILL_` settings.
    """
    port = free_port()
    allowed = {"PIXELMILL_FETCH_ALLOWED_NETWORKS": "127.0.0.0/8", "PIXELMILL_FETCH_ALLOWED_PORTS": f"80,{origin.port}"}
    command = [PROGRAM, "up", "--port", str(port), "--data-dir", str(folder / "data")]
    output = folder / "up.log"
    with output.open("wb") as log:
        process = subprocess.Popen(
            command, stdout=log, stderr=log, env={**os.environ, **allowed, **(settings or {})}, start_new_session=True
        )
    service = Service(f"http://127.0.0.1:{port}", folder / "data", origin, process)
    try:
        wait_until(lambda: _is_ready(service, output), START_SECONDS)
        yield service
    finally:
        _stop(process)
    assert process.returncode == 0, f"pixelmill up ended with {process.returncode}: {_tail(output)}"


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.send_signal(signal.SIGINT)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        raise


def _is_ready(service: Service, output: Path) -> bool:
    assert service.process.poll() is None, f"pixelmill up did not start: {_tail(output)}"
    try:
        return httpx.get(f"{service.base_url}/ready", timeout=5).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def _tail(output: Path) -> str:
    return output.read_text(errors="replace")[-SHOWN_LOG_CHARACTERS:]
