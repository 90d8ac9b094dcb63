"""An api that is given more than it can take says so, and keeps its memory and its other callers."""

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.support.api_server import ApiServer
from tests.support.wait import wait_until

SEATS = 2
MEBIBYTE = 1024 * 1024
HEADERS = {"Content-Type": "multipart/form-data; boundary=a"}
IMAGE = b'--a\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\n'
TASK = b'\r\n--a\r\nContent-Disposition: form-data; name="task"\r\n\r\n{"parameters": {"width": 1}}\r\n--a--'


@pytest.fixture
def api(redis_url: str, database_url: str, tmp_path: Path) -> Iterator[ApiServer]:
    settings = {"PIXELMILL_API_MAX_UPLOADS": str(SEATS)}
    with ApiServer(redis_url=redis_url, database_url=database_url, folder=tmp_path, **settings) as server:
        yield server


def test_more_uploads_than_may_be_are_refused_for_a_moment(api: ApiServer) -> None:
    """503 says when to come back; requests without uploads go on, and those that began end well."""
    may_end = threading.Event()

    def held_body() -> Iterator[bytes]:
        yield IMAGE + bytes(200_000)
        may_end.wait(timeout=30)
        yield TASK

    def upload(body: Iterator[bytes] | bytes) -> httpx.Response:
        return httpx.post(f"{api.url}/queue-task", content=body, headers=HEADERS, timeout=40)

    with ThreadPoolExecutor(SEATS) as pool:
        begun = [pool.submit(upload, held_body()) for _ in range(SEATS)]
        wait_until(lambda: len(api.received_files()) == SEATS)
        refused = upload(IMAGE + b"another" + TASK)
        assert (refused.status_code, refused.json()["code"]) == (503, "too_many_uploads")
        assert (refused.headers["Retry-After"], refused.json()["retryable"]) == ("2", True)
        task = {"image_url": "https://example.com/small", "parameters": {"width": 1}}
        assert httpx.post(f"{api.url}/queue-task", json=task).status_code == 202
        may_end.set()
        assert [sending.result().status_code for sending in begun] == [202, 202]
    assert upload(IMAGE + b"another" + TASK).status_code == 202


def test_a_flood_of_uploads_takes_little_memory(api: ApiServer) -> None:
    """A hundred at once, a gigabyte in all: what is in flight is bounded, and each is taken or told to come back."""
    serving = api.serving
    assert httpx.post(f"{api.url}/queue-task", content=IMAGE + b"first" + TASK, headers=HEADERS).status_code == 202
    before_bytes = serving.memory_info().rss
    peak_bytes = [before_bytes]
    is_over = threading.Event()

    def watch() -> None:
        while not is_over.wait(0.02):
            peak_bytes.append(serving.memory_info().rss)

    def upload(number: int) -> int:
        body = IMAGE + bytes(10 * MEBIBYTE - number) + TASK
        return httpx.post(f"{api.url}/queue-task", content=body, headers=HEADERS, timeout=60).status_code

    watching = threading.Thread(target=watch)
    watching.start()
    with ThreadPoolExecutor(40) as pool:
        statuses = Counter(pool.map(upload, range(100)))
    is_over.set()
    watching.join()
    assert set(statuses) <= {202, 503}
    assert statuses[202] >= SEATS
    assert max(peak_bytes) - before_bytes < 100 * MEBIBYTE
    wait_until(lambda: not api.received_files())
