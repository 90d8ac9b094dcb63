"""A 202 is a promise: it outlives the worker that was to keep it."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from pixelmill.client.client import Client
from pixelmill.domain.task import Status, Task
from pixelmill.domain.variant import Variant
from tests.support.origin import Origin
from tests.support.pictures import photo, size_of
from tests.support.processes import role_process
from tests.support.service import running_service
from tests.support.wait import wait_until

TASKS = 200
KILL_AFTER = 40
WAIT_SECONDS = 120.0


@pytest.mark.timeout(300)
def test_no_task_is_lost_when_the_worker_is_killed(tmp_path: Path) -> None:
    """200 uploads at once, kill -9 in the middle: all complete, each with the size it was asked for."""
    with Origin() as origin, running_service(tmp_path, origin) as service, Client(service.base_url) as client:
        sources = [_source(tmp_path, number) for number in range(TASKS)]
        with ThreadPoolExecutor(32) as pool:
            accepted = list(pool.map(lambda number: client.submit(sources[number], width=40 + number), range(TASKS)))

        wait_until(lambda: _completed(client, accepted[:KILL_AFTER]) > 0, WAIT_SECONDS)
        role_process(service.process.pid, "worker").kill()
        ended = [client.wait(task, WAIT_SECONDS) for task in accepted]

        assert {task.status for task in ended} == {Status.COMPLETED}
        assert len({task.task_id for task in ended}) == TASKS
        with httpx.Client(base_url=service.base_url) as http:
            served = [size_of(http.get(_variant(task).url).content) for task in ended]
        assert [width for width, _ in served] == [40 + number for number in range(TASKS)]


def _source(folder: Path, number: int) -> Path:
    path = folder / f"{number}.jpg"
    path.write_bytes(photo(480, 360, seed=number))
    return path


def _completed(client: Client, tasks: list[Task]) -> int:
    return sum(client.status(task.task_id).status is Status.COMPLETED for task in tasks)


def _variant(task: Task) -> Variant:
    assert task.result is not None
    variant = task.result.variants["image"]
    assert isinstance(variant, Variant)
    return variant
