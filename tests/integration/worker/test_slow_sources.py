"""Slow sources and slow hosts hold up the tasks that want them, and no others."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pixelmill.domain.task import Stage, Status
from pixelmill.domain.transformation import Transformation
from tests.support.answers import body, held
from tests.support.client import Client
from tests.support.origin import Origin
from tests.support.pictures import photo
from tests.support.wait import wait_until, wait_until_async
from tests.support.worker_process import WorkerProcess, running_worker

PHOTO = photo(400, 300, seed=5)
PATIENT = {"PIXELMILL_FETCH_FIRST_BYTE_SECONDS": "20", "PIXELMILL_FETCH_TOTAL_SECONDS": "20"}
"""The test decides how long an origin is silent."""


@pytest.fixture
def settings(settings: dict[str, str], redis_url: str) -> dict[str, str]:
    """A queue that the other workers here do not take tasks from."""
    return settings | PATIENT | {"REDIS_URL": redis_url}


@pytest.fixture
def small_worker(settings: dict[str, str], tmp_path: Path) -> Iterator[WorkerProcess]:
    """Eight places, of which one host may have four, and two are to wait on."""
    bounds = {"PIXELMILL_WORKER_CONCURRENCY": "8", "PIXELMILL_FETCH_HOST_CONCURRENCY": "4"}
    with running_worker(tmp_path, settings | bounds) as worker:
        yield worker


@pytest.mark.parametrize("sources", [1, 40])
async def test_many_tasks_for_a_slow_host_leave_room_for_others(
    client: Client, origin: Origin, small_worker: WorkerProcess, sources: int
) -> None:
    """Whether they want one source or many. Those that wait are `queued` or `fetching`, and none loses an attempt."""
    release = threading.Event()
    try:
        urls = [origin.serve(f"/{sources}-{number}.jpg", held(body(PHOTO), release)) for number in range(sources)]
        wanted = [(urls[number % sources], Transformation(width=50 + number)) for number in range(40)]
        slow = [await client.enqueue(url, image=transformation) for url, transformation in wanted]
        asked = min(4, sources)
        wait_until(lambda: sum(origin.times_asked(f"/{sources}-{number}.jpg") for number in range(sources)) == asked)
        fine = origin.serve(f"/fine-{sources}.jpg", body(PHOTO)).replace("127.0.0.1", "localhost")
        task = await client.run(fine, image=Transformation(width=70))
        assert task.status is Status.COMPLETED
        assert {(await client.task(task_id)).stage for task_id in slow} <= {Stage.QUEUED, Stage.FETCHING}
        assert small_worker.metric("pixelmill_tasks_postponed_total") > 0
    finally:
        release.set()
    ended = [await client.end_of(task_id) for task_id in slow]
    assert {(task.status, task.attempts) for task in ended} == {(Status.COMPLETED, 1)}


async def test_two_workers_download_a_source_once(
    client: Client, origin: Origin, settings: dict[str, str], tmp_path: Path
) -> None:
    """For all sizes of it, at once and later."""
    release = threading.Event()
    with running_worker(tmp_path, settings) as one, running_worker(tmp_path, settings) as other:
        try:
            fresh = {"Cache-Control": "max-age=60"}
            url = origin.serve("/photo-of-two.jpg", held(body(PHOTO, headers=fresh), release))
            tasks = [await client.enqueue(url, image=Transformation(width=50 + number)) for number in range(12)]

            async def both_fetch() -> bool:
                return one.metric("pixelmill_tasks_running") > 0 and other.metric("pixelmill_tasks_running") > 0

            await wait_until_async(both_fetch)
        finally:
            release.set()
        ended = [await client.end_of(task_id) for task_id in tasks]
        later = await client.run(url, image=Transformation(width=300))
        assert {task.status for task in [*ended, later]} == {Status.COMPLETED}
        assert origin.times_asked("/photo-of-two.jpg") == 1
