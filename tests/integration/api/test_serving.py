"""How the process behaves: its end, its parent's end, its memory, its refusal of bad settings."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psutil
import pytest

from tests.support.api_server import ApiServer
from tests.support.ports import free_port
from tests.support.wait import wait_until

Part = tuple[str, tuple[str | None, bytes | str] | tuple[str | None, bytes | str, str]]
MEBIBYTE = 1024 * 1024
PLACES = "file:///absolute/folder, s3://bucket/prefix, gs://bucket/prefix or az://container"


@pytest.fixture
def own_api(redis_url: str, database_url: str, tmp_path: Path) -> Iterator[ApiServer]:
    with ApiServer(redis_url=redis_url, database_url=database_url, folder=tmp_path) as server:
        yield server


def test_a_stop_answers_those_who_wait(own_api: ApiServer) -> None:
    """SIGTERM ends long polls with the task as it stands, at once, and the exit is clean."""
    task = {"image_url": "https://example.com/stop", "parameters": {"width": 10}}
    url = own_api.url + httpx.post(f"{own_api.url}/queue-task", json=task).headers["Location"]
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(httpx.get, url, headers={"Prefer": "wait=30"}, timeout=40)
        wait_until(lambda: "pixelmill_api_waiting 1.0" in httpx.get(f"{own_api.url}/metrics").text)
        started = time.monotonic()
        assert own_api.stop() == 0
        answer = waiting.result(timeout=10)
    assert time.monotonic() - started < 8
    assert (answer.status_code, answer.json()["status"]) == (200, "pending")


def test_a_stop_lets_an_upload_end(own_api: ApiServer) -> None:
    """A request that is being received when the signal comes is answered; a new one finds nobody."""
    may_end = threading.Event()

    def slowly() -> Iterator[bytes]:
        yield b'--a\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\n' + bytes(200_000)
        may_end.wait(timeout=20)
        yield b'\r\n--a\r\nContent-Disposition: form-data; name="task"\r\n\r\n{"parameters": {"width": 1}}\r\n--a--'

    with ThreadPoolExecutor() as pool:
        headers = {"Content-Type": "multipart/form-data; boundary=a"}
        sending = pool.submit(httpx.post, f"{own_api.url}/queue-task", content=slowly(), headers=headers, timeout=30)
        wait_until(own_api.received_files)
        own_api.process.send_signal(signal.SIGTERM)
        wait_until(lambda: not own_api.is_listening())
        may_end.set()
        assert sending.result(timeout=20).status_code == 202


def test_no_process_outlives_its_parent(own_api: ApiServer) -> None:
    """SIGKILL of the process that was started takes the serving one with it."""
    serving = own_api.serving
    own_api.stop(with_signal=signal.SIGKILL)
    wait_until(lambda: not serving.is_running() or serving.status() == psutil.STATUS_ZOMBIE)


def test_a_dead_serving_process_ends_the_role(own_api: ApiServer) -> None:
    """So that whoever watches the role restarts it."""
    own_api.serving.kill()
    assert own_api.process.wait(timeout=10) == 1


def test_uploads_take_constant_memory(own_api: ApiServer) -> None:
    """Images of 30 MiB, three at a time, leave the process less than one of them larger."""
    serving = own_api.serving
    task = (None, '{"parameters": {"width": 7}}', "application/json")

    def upload(number: int) -> int:
        image = ("a.png", os.urandom(1024) + bytes(30 * MEBIBYTE - number))
        parts: list[Part] = [("image", image), ("task", task)]
        return httpx.post(f"{own_api.url}/queue-task", files=parts, timeout=60).status_code

    assert upload(0) == 202
    before_bytes = serving.memory_info().rss
    with ThreadPoolExecutor(3) as pool:
        assert set(pool.map(upload, range(1, 7))) == {202}
    assert serving.memory_info().rss - before_bytes < 30 * MEBIBYTE


def test_a_taken_port_is_one_sentence(own_api: ApiServer, tmp_path: Path) -> None:
    """No traceback, and no sharing of the port with another api."""
    port = own_api.url.rpartition(":")[2]
    environment = {"PATH": os.environ["PATH"], "PIXELMILL_API_PORT": port, "PIXELMILL_STORE_URL": tmp_path.as_uri()}
    ended = run_api(environment)
    assert ended.returncode == 1
    assert ended.stderr.splitlines() == [
        f"pixelmill: The api cannot listen on 127.0.0.1:{port}: Address already in use"
    ]


def test_a_store_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    """Nor a store of a kind there is not."""
    (tmp_path / "file").touch()
    for url, sentence in (
        ((tmp_path / "file" / "store").as_uri(), "The store cannot be read or written at the moment."),
        ("ftp://host/a", f"PIXELMILL_STORE_URL: expected {PLACES}, received 'ftp://host/a'"),
    ):
        environment = {"PATH": os.environ["PATH"], "PIXELMILL_API_PORT": str(free_port()), "PIXELMILL_STORE_URL": url}
        ended = run_api(environment)
        assert ended.returncode == 1
        assert f"pixelmill: {sentence}" in ended.stderr.splitlines()


def test_bad_settings_are_named() -> None:
    """One line each, and nothing starts."""
    ended = run_api({"PATH": os.environ["PATH"], "PIXELMILL_API_PORT": "0", "PIXELMILL_API_THREADS": "many"})
    assert ended.returncode == 78
    assert [line.split(": ")[:2] for line in ended.stderr.splitlines()] == [
        ["pixelmill", "PIXELMILL_API_PORT"],
        ["pixelmill", "PIXELMILL_API_THREADS"],
    ]


def run_api(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pixelmill.api.main"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=False)
