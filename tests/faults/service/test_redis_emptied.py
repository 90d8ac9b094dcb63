"""A Redis that is empty, or comes back so: what was accepted is known, and kept as a promise."""

import json
import subprocess
import threading
from pathlib import Path

import httpx
import pytest
import redis

from pixelmill.client import ApiProblem, Client
from pixelmill.domain.task import Status, Task
from tests.support.answers import body, held
from tests.support.origin import Origin
from tests.support.pictures import photo
from tests.support.processes import processes_of
from tests.support.service import PROGRAM, Service, running_service
from tests.support.wait import wait_until

TASKS = 5


@pytest.mark.timeout(240)
@pytest.mark.parametrize("loss", ["emptied", "restarted empty"])
def test_what_was_accepted_is_recovered_from_the_trail(loss: str, tmp_path: Path) -> None:
    """URLs and uploads; until then callers are told what happened, and afterwards nothing is left to recover."""
    release = threading.Event()
    with Origin() as origin, running_service(tmp_path, origin) as service, Client(service.base_url) as client:
        url = origin.serve("/photo.jpg", held(body(photo(300, 200, seed=1)), release))
        tasks = [client.submit(url, width=40 + number) for number in range(TASKS)]
        bulk = [_upload(client, tmp_path, number) for number in range(TASKS)]
        wait_until(lambda: all(task.status.is_final for task in _history(client, bulk)), 30)

        def all_told() -> bool:
            return {task.status for task in _history(client, tasks)} == {Status.PENDING}

        wait_until(all_told, 30)
        _empty_redis(service)
        if loss == "restarted empty":
            _restart_redis(service)
        release.set()

        with Client(service.base_url, retry_seconds=0) as hasty, pytest.raises(ApiProblem) as problem:
            hasty.status(tasks[0].task_id)
        assert (problem.value.status, problem.value.code) == (503, "task_interrupted")
        assert problem.value.task is not None
        assert problem.value.task.task_id == tasks[0].task_id

        assert _recover(service, "--dry-run") == {"requeued": TASKS, "known": 0, "superseded": 0, "gone": []}
        assert _recover(service) == {"requeued": TASKS, "known": 0, "superseded": 0, "gone": []}
        ended = [client.wait(client.status(task.task_id), 60) for task in tasks]
        assert {task.status for task in ended} == {Status.COMPLETED}
        wait_until(lambda: {task.status for task in _history(client, tasks)} == {Status.COMPLETED}, 30)
        assert _recover(service) == {"requeued": 0, "known": 0, "superseded": 0, "gone": []}


def _upload(client: Client, folder: Path, number: int) -> Task:
    path = folder / f"{number}.jpg"
    path.write_bytes(photo(200, 100, seed=number))
    return client.submit(path, width=30)


def _history(client: Client, tasks: list[Task]) -> list[Task]:
    """The tasks, in their order, as the trail has them."""
    known = {task.task_id: task for task in client.history()}
    return [known[task.task_id] for task in tasks if task.task_id in known]


def _empty_redis(service: Service) -> None:
    with redis.Redis.from_url(service.redis_url) as client:
        client.flushall()


def _restart_redis(service: Service) -> None:
    """Kill it, so that it forgets also what it had in memory alone, such as scripts."""
    (process,) = processes_of(service.process.pid, "valkey-server")
    process.kill()
    wait_until(lambda: processes_of(service.process.pid, "valkey-server") not in ([], [process]), 30)
    wait_until(lambda: httpx.get(f"{service.base_url}/ready", timeout=10).is_success, 30)


def _recover(service: Service, *options: str) -> dict[str, object]:
    command = [PROGRAM, "recover", "--json", "--data-dir", str(service.data_dir), *options]
    done = subprocess.run(command, capture_output=True, check=True, timeout=60)
    recovered: dict[str, object] = json.loads(done.stdout)
    return recovered
