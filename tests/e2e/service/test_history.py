"""What was asked of the service, as it is told through nginx and by the command."""

import json
import subprocess
from typing import Any

import httpx
import pytest

from pixelmill.client import Client
from pixelmill.domain.task import Task
from tests.support.answers import body
from tests.support.pictures import photo
from tests.support.service import PROGRAM, Service
from tests.support.wait import wait_until


@pytest.fixture(scope="module")
def tasks(service: Service) -> list[Task]:
    """Two tasks of one source, one after the other, as the trail has them."""
    url = service.origin.serve("/history.jpg", body(photo(120, 80, 5)))
    with Client(service.base_url) as client:
        done = [client.wait(client.submit(url, width=width)) for width in (30, 40)]
        wait_until(
            lambda: {task.status.value for task in client.history(source=url)} == {"completed"}, timeout_seconds=30
        )
    return done


def exported(service: Service, source: str | None) -> list[dict[str, Any]]:
    answer = httpx.get(f"{service.base_url}/task-history/export", params={"source": source or ""})
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/x-ndjson")
    return [json.loads(line) for line in answer.text.splitlines()]


def test_the_history_is_exported_as_lines(service: Service, tasks: list[Task]) -> None:
    """Each a task as everywhere, the newest first."""
    found = exported(service, tasks[0].source.image_url)
    assert [task["task_id"] for task in found] == [task.task_id for task in reversed(tasks)]
    assert Task.model_validate(found[0]).result == tasks[1].result


def test_the_history_is_listed_by_a_command(service: Service, tasks: list[Task]) -> None:
    """In lines for people, or as JSON."""
    command = [PROGRAM, "history", "--server", service.base_url, "--source", str(tasks[0].source.image_url)]

    def printed(*more: str) -> list[str]:
        return subprocess.run(
            [*command, *more], capture_output=True, text=True, check=True, timeout=60
        ).stdout.splitlines()

    assert [line.split()[1:3] for line in printed("--since", "2026-01-01")] == [
        [task.task_id, "completed"] for task in reversed(tasks)
    ]
    assert [json.loads(line)["task_id"] for line in printed("--json", "--limit", "1")] == [tasks[1].task_id]
    assert printed("--status", "failed") == printed("--until", "2026-01-01T00:00:00Z") == []
