"""Whatever is killed between a task and its receiver: no end goes untold."""

import json
from collections import Counter
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from tests.support.answers import body, failing, in_turn
from tests.support.origin import Origin
from tests.support.pictures import photo
from tests.support.processes import processes_of
from tests.support.service import Service, running_service
from tests.support.wait import wait_until

TASKS: Final = 120
KILLED: Final = ("pixelmill.worker.main", "valkey-server", "pixelmill.worker.main", "pixelmill.api.main")
"""In this order, each as soon as another part of the tasks has been told."""
BUSY: Final = range(1, TASKS, 20)
"""Receivers that do not take the first message."""
PATIENCE_SECONDS: Final = 60.0
QUICK: Final = {"PIXELMILL_QUEUE_LEASE_SECONDS": "3", "PIXELMILL_QUEUE_STALLED_INTERVAL_SECONDS": "1.5"}


def submit(http: httpx.Client, origin: Origin, number: int) -> str:
    """Have an image made and its end told; every third source is missing. Returns the id of the task."""
    source = origin.url("/missing.jpg" if number % 3 == 0 else "/photo.jpg") + f"?{number}"
    hook = origin.url(f"/hook/{number}")
    wanted = {"image_url": source, "parameters": {"width": 20 + number}, "webhook_url": hook}
    answer = http.post("/queue-task", json=wanted)
    assert answer.status_code == httpx.codes.ACCEPTED, answer.text
    task_id: str = answer.json()["task_id"]
    return task_id


def messages(origin: Origin) -> dict[int, list[dict[str, Any]]]:
    """What each receiver got, in order."""
    got: dict[int, list[dict[str, Any]]] = {}
    for request in list(origin.requests):
        if request.path.startswith("/hook/"):
            got.setdefault(int(request.path.rpartition("/")[2]), []).append(json.loads(request.content))
    return got


def all_are_told(origin: Origin) -> bool:
    told = messages(origin)
    return all(len(told.get(number, [])) >= (2 if number in BUSY else 1) for number in range(TASKS))


def kill(service: Service, word: str) -> None:
    def is_hit() -> bool:
        found = processes_of(service.process.pid, word)  # none, while it is started again
        for process in found[:1]:
            process.kill()
        return bool(found)

    wait_until(is_hit, PATIENCE_SECONDS)


@pytest.mark.timeout(300)
def test_every_end_is_told_whatever_is_killed(tmp_path: Path) -> None:
    """Good or bad, at least once, as the task stands; a receiver that was busy is tried again."""
    with Origin() as origin, running_service(tmp_path, origin, QUICK) as service:
        origin.serve("/photo.jpg", body(photo(300, 200, seed=1)))
        for number in range(TASKS):
            origin.serve(f"/hook/{number}", in_turn(failing(503), body(b"")) if number in BUSY else body(b""))
        with httpx.Client(base_url=service.base_url, timeout=30) as http:
            task_ids = [submit(http, origin, number) for number in range(TASKS)]
            for part, word in enumerate(KILLED):
                goal = TASKS * part // (len(KILLED) + 1)
                wait_until(lambda: len(messages(origin)) >= goal, PATIENCE_SECONDS)  # noqa: B023 - is called at once
                kill(service, word)
            wait_until(lambda: all_are_told(origin), PATIENCE_SECONDS)
            wait_until(lambda: http.get("/ready").is_success, PATIENCE_SECONDS)
            tasks = [http.get(f"/task-status/{task_id}", headers={"Prefer": "wait=20"}).json() for task_id in task_ids]
    told = messages(origin)
    assert Counter(task["status"] for task in tasks) == {"completed": TASKS * 2 // 3, "failed": TASKS // 3}
    for number, task in enumerate(tasks):
        assert {message["data"]["task_id"] for message in told[number]} == {task["task_id"]}
        assert _end(task) in [_end(message["data"]) for message in told[number]]


def _end(task: dict[str, Any]) -> tuple[str, list[str]]:
    """How a task stands, with the addresses of what was made."""
    result = task.get("result") or {"variants": {}}
    return task["status"], [variant["url"] for variant in result["variants"].values()]
