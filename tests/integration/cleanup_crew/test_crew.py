"""The crew as a process: it expires, tells how it is, takes turns and stops when it is told to."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pixelmill.queue.task_queue import TaskQueue
from pixelmill.settings import ResultSettings
from pixelmill.store.keys import result_key, slot_of
from tests.support.crew_process import running_crew
from tests.support.servers import ValkeyServer
from tests.support.tasks import JOURNAL, a_task_id, consuming, quick_settings, some_work
from tests.support.wait import wait_until, wait_until_async

TAKEOVER_SECONDS = 10
"""Far less than the lease: one that was given back is taken at the next look."""


def put_expired(store: Path, tasks: int = 1) -> Callable[[], int]:
    """Store results of a day ago, of tasks nobody knows; returns how many are still there."""
    slot = slot_of(datetime.now(UTC) - timedelta(days=1))
    paths = [store / result_key(slot, a_task_id(str(number)), "1f0c8a52", "image.webp") for number in range(tasks)]
    for path in paths:
        path.parent.mkdir(parents=True)
        path.write_bytes(b"image")
    return lambda: sum(path.is_file() for path in paths)


def test_expired_files_go_by_themselves(tmp_path: Path, redis_url: str) -> None:
    """And the metrics tell."""
    left = put_expired(tmp_path, tasks=5)

    with running_crew(tmp_path, redis_url) as crew:
        wait_until(lambda: left() == 0)
        wait_until(lambda: crew.sweeps > 0)

        assert crew.ask("/ready").json() == {"ready": True, "checks": {"queue": "ok", "store": "ok"}}
        assert crew.metric('pixelmill_swept_files_total{kind="results"}') == 5
        assert crew.metric('pixelmill_swept_bytes_total{kind="results"}') == 25
        assert time.time() - crew.metric("pixelmill_last_sweep_timestamp_seconds") < 60


async def test_expired_tasks_go_by_themselves(tmp_path: Path, redis_url: str) -> None:
    """Also on an idle queue, where BullMQ would keep them."""
    results = ResultSettings(life_seconds=1)
    queue = TaskQueue(quick_settings(redis_url), results, JOURNAL)
    async with consuming(quick_settings(redis_url), results=results):
        await queue.enqueue(some_work("a"))

        async def is_done() -> bool:
            kept = await queue.find(a_task_id("a"))
            return kept is not None and kept.outcome is not None

        await wait_until_async(is_done)

    def crew_at_work() -> None:
        with running_crew(tmp_path, redis_url, {"PIXELMILL_RESULT_LIFE_SECONDS": "1"}) as crew:
            wait_until(lambda: crew.metric('pixelmill_swept_tasks_total{state="completed"}') == 1)

    await asyncio.to_thread(crew_at_work)

    assert await queue.find(a_task_id("a")) is None
    await queue.close()


def test_one_crew_works_at_a_time_and_the_next_follows_at_once(tmp_path: Path, redis_url: str) -> None:
    """A crew that is told to stop gives its lease back."""
    with running_crew(tmp_path, redis_url) as first, running_crew(tmp_path, redis_url) as second:
        wait_until(lambda: first.sweeps > 0)
        swept_before = first.sweeps
        wait_until(lambda: first.sweeps > swept_before + 5)
        assert second.sweeps == 0
        assert second.ask("/ready").is_success

        stopped_at = time.monotonic()
        first.process.terminate()
        assert first.process.wait(timeout=10) == 0
        wait_until(lambda: second.sweeps > 0)

        assert time.monotonic() - stopped_at < TAKEOVER_SECONDS


def test_a_crew_starts_without_redis_and_works_once_it_is_there(
    tmp_path: Path, valkey: Callable[[], ValkeyServer]
) -> None:
    """Whatever starts first; until then it is alive, not ready, and counts its failures."""
    server = valkey()
    server.stop()
    left = put_expired(tmp_path)

    with running_crew(tmp_path, server.url) as crew:
        ready = crew.ask("/ready")
        assert (ready.status_code, ready.json()["checks"]) == (503, {"queue": "failed", "store": "ok"})
        server.start()
        wait_until(lambda: left() == 0)
        wait_until(lambda: crew.ask("/ready").is_success)


def test_a_crew_stops_soon_while_redis_is_away(tmp_path: Path, valkey: Callable[[], ValkeyServer]) -> None:
    """It does not wait for a server to tell it that it is done."""
    server = valkey()
    with running_crew(tmp_path, server.url) as crew:
        wait_until(lambda: crew.sweeps > 0)
        server.stop()
        wait_until(lambda: crew.metric('pixelmill_sweeps_total{outcome="failed"}') > 0)

        crew.process.terminate()

        assert crew.process.wait(timeout=10) == 0


def test_a_taken_port_is_said_in_one_sentence(tmp_path: Path, redis_url: str) -> None:
    """Not in a traceback."""
    with running_crew(tmp_path, redis_url) as crew:
        environment = {"PIXELMILL_CLEANUP_PORT": str(crew.port), "PIXELMILL_STORE_URL": tmp_path.as_uri()}
        command = [sys.executable, "-m", "pixelmill.cleanup_crew.main"]
        second = subprocess.run(
            command, env=environment | {"REDIS_URL": redis_url}, capture_output=True, text=True, timeout=30, check=False
        )

    assert second.returncode == 1
    assert str(crew.port) in second.stderr
    assert "Traceback" not in second.stderr
