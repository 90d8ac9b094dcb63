"""Logs whose reader is gone: killed with the process manager, moments before the process that writes them."""

import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from pixelmill.audit.migrate import migrate
from tests.support.ports import free_port
from tests.support.wait import wait_until

PROGRAM = """
import sys
import structlog
from pixelmill.telemetry.logs import configure_logs
configure_logs(role="test", level="info", log_format="json")
structlog.get_logger().info("something_happened")
sys.stderr.flush()
print("went on")
"""

BUFFERED = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
"""An environment in which Python keeps what it could not write, and tries again whenever somebody flushes."""


@pytest.fixture
def broken_pipe() -> int:
    """The end to write to, of a pipe that nobody reads."""
    reader, writer = os.pipe()
    os.close(reader)
    return writer


def test_a_line_that_cannot_be_written_stops_nothing(broken_pipe: int) -> None:
    """What was to be done is done."""
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=BUFFERED,
        stdout=subprocess.PIPE,
        stderr=broken_pipe,
        check=False,
        timeout=60,
    )
    os.close(broken_pipe)

    assert (ended.returncode, ended.stdout) == (0, b"went on\n")


def test_a_task_is_accepted_although_nobody_reads_the_log(
    broken_pipe: int, redis_url: str, database_url: str, tmp_path: Path
) -> None:
    """It is on disk: the caller must not be told that it failed."""
    migrate(database_url)
    url = f"http://127.0.0.1:{free_port()}"
    environment = BUFFERED | {
        "REDIS_URL": redis_url,
        "DATABASE_URL": database_url,
        "PIXELMILL_STORE_URL": (tmp_path / "store").as_uri(),
        "PIXELMILL_API_PORT": url.rpartition(":")[2],
    }

    def answers() -> bool:
        try:
            return httpx.get(f"{url}/openapi.json").status_code < 600
        except httpx.TransportError:
            return False

    command = [sys.executable, "-m", "pixelmill.api.main"]
    api = subprocess.Popen(command, env=environment, stdout=broken_pipe, stderr=broken_pipe)
    os.close(broken_pipe)
    try:
        wait_until(answers, timeout_seconds=30)
        wanted = {"image_url": "https://example.com/a", "parameters": {"width": 1}}

        assert httpx.post(f"{url}/queue-task", json=wanted).status_code == 202
    finally:
        api.terminate()
        api.wait(30)
