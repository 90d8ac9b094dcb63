"""Workers that are stopped or killed, and a Redis that goes away: no task is lost, nothing is left behind."""

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from pixelmill.domain.task import Stage, Status
from pixelmill.domain.transformation import Fit, OutputFormat, Transformation
from pixelmill.fetch.source_index import LEASE_SECONDS
from tests.support.answers import body, held, in_turn
from tests.support.children import children_of
from tests.support.client import Client, connected
from tests.support.origin import Origin
from tests.support.pictures import photo
from tests.support.servers import ValkeyServer
from tests.support.wait import wait_until, wait_until_async
from tests.support.worker_process import WorkerProcess, running_worker

PHOTO = photo(400, 300, seed=1)
FRESH = {"Cache-Control": "max-age=60"}


@pytest.fixture
def origin() -> Iterator[Origin]:
    with Origin() as origin:
        yield origin


@pytest.fixture
def server(valkey: Callable[[], ValkeyServer]) -> ValkeyServer:
    return valkey()


@pytest.fixture
def settings(server: ValkeyServer, origin: Origin) -> dict[str, str]:
    """A dead worker is noticed within 2 s. There is no Postgres: that stops no task."""
    return {
        "REDIS_URL": server.url,
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nowhere",
        "PIXELMILL_FETCH_ALLOWED_NETWORKS": "127.0.0.1",
        "PIXELMILL_FETCH_ALLOWED_PORTS": str(origin.port),
        "PIXELMILL_QUEUE_LEASE_SECONDS": "1",
        "PIXELMILL_QUEUE_STALLED_INTERVAL_SECONDS": "0.5",
        "PIXELMILL_WORKER_GRACE_SECONDS": "20",
    }


@contextmanager
def held_photo(origin: Origin) -> Iterator[tuple[str, threading.Event]]:
    """A source that arrives when the test lets it."""
    release = threading.Event()
    try:
        yield origin.serve("/photo.jpg", held(body(PHOTO), release)), release
    finally:
        release.set()


async def begin(client: Client, worker: WorkerProcess, url: str) -> str:
    """Enqueue a task and return its id once the worker has it."""
    task_id = await client.enqueue(url)
    await asyncio.to_thread(wait_until, lambda: worker.metric("pixelmill_tasks_running") == 1)
    return task_id


async def ended(worker: WorkerProcess) -> int:
    return await asyncio.to_thread(worker.process.wait, 30)


async def test_a_stopped_worker_finishes_what_it_has_and_takes_no_more(
    origin: Origin, settings: dict[str, str], tmp_path: Path
) -> None:
    """SIGTERM: the running task completes, the next one waits for another worker, nothing is left."""
    with held_photo(origin) as (url, release), running_worker(tmp_path, settings) as worker:
        async with connected(settings["REDIS_URL"]) as client:
            running = await begin(client, worker, url)
            worker.process.send_signal(signal.SIGTERM)
            await asyncio.to_thread(wait_until, lambda: worker.has_logged("worker_stopping"))
            waiting = await client.enqueue(origin.serve("/next.jpg", body(PHOTO)))
            release.set()
            assert await ended(worker) == 0
            assert (await client.task(running)).status is Status.COMPLETED
            assert (await client.task(waiting)).attempts == 0
    assert list(worker.scratch.iterdir()) == []


async def test_what_is_not_finished_in_time_is_handed_back(
    origin: Origin, settings: dict[str, str], tmp_path: Path
) -> None:
    """After the grace the task is the queue's again, at once, and another worker completes it."""
    hasty = settings | {"PIXELMILL_WORKER_GRACE_SECONDS": "0.2"}
    with held_photo(origin) as (url, release), running_worker(tmp_path, hasty) as worker:
        async with connected(settings["REDIS_URL"]) as client:
            task_id = await begin(client, worker, url)
            worker.process.send_signal(signal.SIGTERM)
            assert await ended(worker) == 0
            assert list(worker.scratch.iterdir()) == []
            assert (await client.task(task_id)).status is Status.PENDING
            release.set()
            with running_worker(tmp_path, settings):
                assert (await client.end_of(task_id)).status is Status.COMPLETED


async def test_a_killed_worker_leaves_nothing_behind(origin: Origin, settings: dict[str, str], tmp_path: Path) -> None:
    """After kill -9 its children are gone, and the next worker removes its scratch and completes its task."""
    with held_photo(origin) as (url, release), running_worker(tmp_path, settings) as worker:
        async with connected(settings["REDIS_URL"]) as client:
            task_id = await begin(client, worker, url)
            children = psutil.Process(worker.process.pid).children(recursive=True)
            (left,) = worker.scratch.iterdir()
            os.kill(worker.process.pid, signal.SIGKILL)
            await ended(worker)
            await asyncio.to_thread(wait_until, lambda: not any(child.is_running() for child in children))
            release.set()
            with running_worker(tmp_path, settings):
                assert not left.exists()
                end = await client.end_of(task_id)
    assert (end.status, end.attempts) == (Status.COMPLETED, 2)


async def test_a_restart_of_redis_costs_no_task(
    origin: Origin, server: ValkeyServer, settings: dict[str, str], tmp_path: Path
) -> None:
    """Killed while a task runs: the task completes, and the worker takes the next one."""
    with held_photo(origin) as (url, release), running_worker(tmp_path, settings) as worker:
        async with connected(settings["REDIS_URL"]) as client:
            task_id = await begin(client, worker, url)
            await asyncio.to_thread(server.kill)
            release.set()
            await asyncio.to_thread(server.start)
            assert (await client.end_of(task_id)).status is Status.COMPLETED
            after = await client.run(origin.serve("/after.jpg", body(PHOTO)))
            assert after.status is Status.COMPLETED
            assert worker.process.poll() is None


async def test_a_killed_child_costs_one_attempt(origin: Origin, settings: dict[str, str], tmp_path: Path) -> None:
    """A child that dies idle is replaced; the worker stays ready and the next task completes."""
    with running_worker(tmp_path, settings) as worker:
        async with connected(settings["REDIS_URL"]) as client:
            for child in psutil.Process(worker.process.pid).children():
                child.kill()
            end = await client.run(origin.serve("/photo.jpg", body(PHOTO)))
            assert end.status is Status.COMPLETED
            assert worker.process.poll() is None


async def test_a_canceled_task_costs_its_child_at_once(
    origin: Origin, settings: dict[str, str], tmp_path: Path
) -> None:
    """The child that works on it is killed within a second, nothing of the task is left, and the next one completes."""
    settings = settings | {"PIXELMILL_QUEUE_LEASE_SECONDS": "10"}
    slow = Transformation(width=4000, height=4000, fit=Fit.FILL, format=OutputFormat.AVIF, effort=9)
    with running_worker(tmp_path, settings) as worker:
        async with connected(settings["REDIS_URL"]) as client:
            task_id = await client.enqueue(origin.serve("/photo.jpg", body(PHOTO)), image=slow)

            async def is_transformed() -> bool:
                return (await client.task(task_id)).stage is Stage.TRANSFORMING

            await wait_until_async(is_transformed)
            (child,) = children_of(worker.process.pid)
            assert await client.queue.cancel(task_id) is not None
            await asyncio.to_thread(wait_until, lambda: not child.is_running(), 1.0)
            assert worker.metric('pixelmill_children_killed_total{reason="canceled"}') == 1
            assert (await client.task(task_id)).status is Status.CANCELED
            assert not await client.queue._engine.client.exists(client.queue._engine.key(f"{task_id}:lock"))
            after = await client.run(origin.serve("/after.jpg", body(PHOTO)))
            assert after.status is Status.COMPLETED
            (scratch,) = worker.scratch.iterdir()
            assert {path.name.partition("-")[0] for path in scratch.iterdir()} == {"downloads", "child"}
            assert list((worker.store / "results").rglob(f"{task_id}/*")) == []


async def test_a_killed_worker_does_not_keep_the_source_it_downloaded(
    origin: Origin, settings: dict[str, str], tmp_path: Path
) -> None:
    """Another one that waits for it takes over when its lease ends, for both their tasks."""
    patient = {"PIXELMILL_FETCH_FIRST_BYTE_SECONDS": "60", "PIXELMILL_FETCH_TOTAL_SECONDS": "60"}
    with held_photo(origin) as (url, release):
        origin.serve("/photo.jpg", in_turn(held(body(PHOTO), release), body(PHOTO, headers=FRESH)))
        with running_worker(tmp_path, settings | patient | {"PIXELMILL_WORKER_CONCURRENCY": "1"}) as dying:
            async with connected(settings["REDIS_URL"]) as client:
                first = await client.enqueue(url, image=Transformation(width=50))
                await asyncio.to_thread(wait_until, lambda: origin.times_asked("/photo.jpg") == 1)
                with running_worker(tmp_path, settings | patient) as other:
                    second = await client.enqueue(url, image=Transformation(width=60))
                    await asyncio.to_thread(wait_until, lambda: other.metric("pixelmill_tasks_running") == 1)
                    dying.process.kill()
                    async with asyncio.timeout(LEASE_SECONDS + 8):
                        ends = [await client.end_of(task_id) for task_id in (first, second)]
    assert [(end.status, end.attempts) for end in ends] == [(Status.COMPLETED, 2), (Status.COMPLETED, 1)]
    assert origin.times_asked("/photo.jpg") == 2
