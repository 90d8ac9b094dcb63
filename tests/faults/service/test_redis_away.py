"""Redis is gone for half a minute: callers are told at once, workers come back by themselves, nothing is lost."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from redis import Redis

from tests.support.answers import body, held
from tests.support.api_and_worker import api_and_worker
from tests.support.origin import Origin
from tests.support.pictures import photo
from tests.support.servers import ValkeyServer
from tests.support.silence import away
from tests.support.wait import wait_until

AWAY_SECONDS = 30.0
PATIENCE_SECONDS = 2.0
TASKS = 6
"""Fewer than may wait for one source in a worker."""


@pytest.fixture
def origin() -> Iterator[Origin]:
    with Origin() as origin:
        yield origin


def refused_quickly(answer: httpx.Response) -> None:
    assert (answer.status_code, answer.headers["Content-Type"]) == (503, "application/problem+json")
    assert (answer.json()["code"], answer.json()["retryable"]) == ("queue_unavailable", True)
    assert int(answer.headers["Retry-After"]) >= 1
    assert answer.elapsed.total_seconds() < PATIENCE_SECONDS


@pytest.mark.timeout(240)
@pytest.mark.parametrize("outage", ["killed", "silent"])
def test_redis_is_away_for_half_a_minute(
    outage: str, valkey: Callable[[], ValkeyServer], database_url: str, origin: Origin, tmp_path: Path
) -> None:
    """Gone, or there and not answering: longer than a lease, and than any client is patient."""
    server = valkey()
    release = threading.Event()
    patient = {"PIXELMILL_FETCH_TOTAL_SECONDS": "120", "PIXELMILL_FETCH_FIRST_BYTE_SECONDS": "120"}
    with api_and_worker(tmp_path, origin, server.url, database_url, **patient) as service:
        http, worker = service.http, service.worker
        running = origin.serve("/running.jpg", held(body(photo(300, 200, seed=1)), release))
        paths = [service.submit(running, width) for width in range(40, 40 + TASKS)]
        try:
            wait_until(lambda: worker.metric("pixelmill_tasks_running") == TASKS)
        finally:
            release_later = threading.Timer(1.0, release.set)  # the tasks that run end while nobody can be told
            release_later.start()

        with away(server, outage):
            gone_at = time.monotonic()
            while time.monotonic() - gone_at < AWAY_SECONDS:
                refused_quickly(http.post("/queue-task", json={"image_url": running, "parameters": {"width": 9}}))
                refused_quickly(http.get(paths[0]))
                assert http.get("/health").is_success
                assert worker.process.poll() is None

        wait_until(lambda: http.get("/ready").is_success, 20)
        tasks = [service.ended(path) for path in paths]
        assert {task["status"] for task in tasks} == {"completed"}
        after = service.ended(service.submit(running, 99))
        assert after["status"] == "completed"
        assert [service.width_of(task) for task in (*tasks, after)] == [*range(40, 40 + TASKS), 99]
        wait_until(lambda: {task["status"] for task in history(http)} == {"completed"}, 30)
        assert len(history(http)) == TASKS + 1
        with Redis.from_url(server.url, decode_responses=True) as redis:
            assert redis.keys("pixelmill:resize:*:lock") == []


def history(http: httpx.Client) -> list[dict[str, Any]]:
    tasks: list[dict[str, Any]] = http.get("/task-history", params={"limit": "100"}).json()["tasks"]
    return tasks
