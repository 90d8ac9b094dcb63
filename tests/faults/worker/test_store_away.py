"""A store that is full or read-only: tasks wait for it, none is given up, and nothing half written is served."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pixelmill.domain.task import Status
from pixelmill.domain.transformation import OutputFormat, Transformation
from tests.support.answers import body
from tests.support.client import Client, connected
from tests.support.origin import Origin
from tests.support.pictures import photo, size_of
from tests.support.servers import ValkeyServer
from tests.support.small_disk import SmallDisk, small_disk
from tests.support.wait import wait_until
from tests.support.worker_process import WorkerProcess, running_worker

PHOTO = photo(600, 400, seed=3)
BIG = Transformation(width=600, format=OutputFormat.PNG)
"""Larger than what is left on a disk that is nearly full, whatever is asked of it."""


@pytest.fixture
def origin() -> Iterator[Origin]:
    with Origin() as origin:
        yield origin


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "store") as disk:
        yield disk


@pytest.fixture
def settings(valkey: Callable[[], ValkeyServer], origin: Origin) -> dict[str, str]:
    return {
        "REDIS_URL": valkey().url,
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nowhere",
        "PIXELMILL_FETCH_ALLOWED_NETWORKS": "127.0.0.1",
        "PIXELMILL_FETCH_ALLOWED_PORTS": str(origin.port),
        "PIXELMILL_WORKER_CONCURRENCY": "4",
        "PIXELMILL_QUEUE_BACKOFF_SECONDS": "0.1",
    }


async def await_outage(worker: WorkerProcess) -> None:
    """Wait until the worker has met the outage twice, and says that it cannot work."""
    await asyncio.to_thread(wait_until, lambda: worker.log.read_text().count('"task_waits_for_store"') >= 2, 20)
    await asyncio.to_thread(wait_until, lambda: worker.ask("/ready").status_code == 503)
    assert worker.ask("/ready").json()["checks"] == {"queue": "ok", "sandbox": "ok", "store": "failed"}


def stored(worker: WorkerProcess) -> list[Path]:
    folders = [worker.store / "results", worker.store / "unfinished"]
    return [path for folder in folders if folder.exists() for path in folder.rglob("*") if path.is_file()]


async def all_complete(client: Client, task_ids: list[str], worker: WorkerProcess) -> None:
    ends = [await client.end_of(task_id) for task_id in task_ids]
    assert {(end.status, end.attempts) for end in ends} == {(Status.COMPLETED, 1)}
    assert {size_of(path.read_bytes()) for path in stored(worker)} == {(600, 400)}
    assert len(stored(worker)) == len(task_ids)


@pytest.mark.parametrize("outage", ["full", "read-only"])
async def test_tasks_wait_for_the_store(
    outage: str, disk: SmallDisk, origin: Origin, settings: dict[str, str], tmp_path: Path
) -> None:
    """More outages than attempts: no task is failed by them, and all complete when the store is back."""
    with running_worker(tmp_path, settings) as worker:
        (disk.fill if outage == "full" else disk.make_read_only)()
        async with connected(settings["REDIS_URL"]) as client:
            urls = [origin.serve(f"/{number}.jpg", body(PHOTO)) for number in range(3)]
            task_ids = [await client.enqueue(url, image=BIG) for url in urls]
            await await_outage(worker)
            tasks = [await client.task(task_id) for task_id in task_ids]
            assert {task.status for task in tasks} == {Status.PENDING}
            assert stored(worker) == []
            (disk.make_room if outage == "full" else disk.make_writable)()
            await all_complete(client, task_ids, worker)
            assert worker.ask("/ready").is_success


async def test_a_worker_that_waits_for_the_store_takes_no_more_and_still_stops(
    disk: SmallDisk, origin: Origin, settings: dict[str, str], tmp_path: Path
) -> None:
    """A backlog is not downloaded and transformed again and again for nothing; and nobody waits for its end."""
    with running_worker(tmp_path, settings) as worker:
        disk.fill()
        async with connected(settings["REDIS_URL"]) as client:
            urls = [origin.serve(f"/{number}.jpg", body(PHOTO)) for number in range(40)]
            for url in urls:
                await client.enqueue(url, image=BIG)
            await await_outage(worker)
            assert sum(map(origin.times_asked, (f"/{number}.jpg" for number in range(40)))) <= 20
            assert (await client.queue.depth()).counts["failed"] == 0
        worker.process.terminate()
        assert await asyncio.to_thread(worker.process.wait, 10) == 0
