"""Postgres is away: tasks are taken, made and shown as always; only what the trail alone knows is missing meanwhile."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.support.answers import body
from tests.support.api_and_worker import ApiAndWorker, api_and_worker
from tests.support.origin import Origin
from tests.support.pictures import photo
from tests.support.servers import PostgresServer
from tests.support.silence import away
from tests.support.wait import wait_until

PATIENCE_SECONDS = 4.0
TASKS = 8


def refused_quickly(answer: httpx.Response) -> None:
    assert (answer.status_code, answer.headers["Content-Type"]) == (503, "application/problem+json"), answer.text
    assert answer.json()["code"] == "trail_unavailable"
    assert answer.elapsed.total_seconds() < PATIENCE_SECONDS


def history(service: ApiAndWorker) -> Counter[tuple[str, str]]:
    """How often the trail has which task as what."""
    tasks = service.http.get("/task-history", params={"limit": "100"}).json()["tasks"]
    return Counter((task["task_id"], task["status"]) for task in tasks)


@pytest.mark.timeout(240)
@pytest.mark.parametrize("outage", ["killed", "silent"])
def test_tasks_are_made_while_postgres_is_away(
    outage: str, redis_url: str, postgres: Callable[[], PostgresServer], tmp_path: Path
) -> None:
    """URLs and uploads, each once; and when it is back, the trail has all of them, each once."""
    server = postgres()
    database_url = server.create_database()
    with Origin() as origin, api_and_worker(tmp_path, origin, redis_url, database_url) as service:
        image_url = origin.serve("/photo.jpg", body(photo(300, 200, seed=1)))
        with away(server, outage):
            paths = [service.submit(image_url, 40 + number) for number in range(TASKS)]
            paths += [service.uploaded(photo(200, 100, seed=2), 40 + number) for number in range(TASKS)]
            tasks = [service.ended(path) for path in paths]
            assert [service.width_of(task) for task in tasks] == [*range(40, 40 + TASKS)] * 2
            assert {task["attempts"] for task in tasks} == {1}
            refused_quickly(service.http.get("/task-history"))
            refused_quickly(service.http.get(f"/task-status/{'0' * 32}"))
            ready = service.http.get("/ready")
            assert (ready.status_code, ready.json()["checks"]["trail"]) == (200, "unavailable")
            assert service.worker.ask("/ready").is_success

        expected = Counter((task["task_id"], "completed") for task in tasks)
        wait_until(lambda: service.http.get("/task-history").is_success, 30)
        wait_until(lambda: history(service) == expected, 60)
