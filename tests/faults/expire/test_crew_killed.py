"""The crew that works is killed in the middle of a sweep; the next one finishes what it left, and nothing else."""

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pixelmill.domain.task import Work
from pixelmill.queue.task_queue import TaskQueue
from pixelmill.settings import ResultSettings
from pixelmill.store.keys import result_key, slot_of, upload_key
from tests.faults.expire.conftest import Home
from tests.support.crew_process import CrewProcess, running_crew
from tests.support.kept_tasks import uploaded, work_of
from tests.support.tasks import JOURNAL, a_digest, a_task_id, quick_settings
from tests.support.wait import wait_until

LEASE_SECONDS = 3.0
MARGIN_SECONDS = 6.0
"""For a look once a second and a busy machine."""
SWEEP_SECONDS = 60.0
TASKS = 1500
VARIANTS = 2
LIVING = 30


def long_ago() -> datetime:
    return datetime.now(UTC) - timedelta(days=1)


def expired_keys() -> set[str]:
    """Results of a day ago, of tasks nobody knows."""
    slot = slot_of(long_ago())
    return {
        result_key(slot, a_task_id(str(task)), "1f0c8a52", f"variant-{variant}.webp")
        for task in range(TASKS)
        for variant in range(VARIANTS)
    }


def enqueue_old_uploads(redis_url: str) -> set[str]:
    """Tasks that wait since yesterday, as after a long outage; returns the keys of their uploads."""
    names = [f"living {number}" for number in range(LIVING)]
    keys = {name: upload_key(slot_of(long_ago()), a_digest(name)) for name in names}
    works = [work_of(a_task_id(name), uploaded(key), long_ago()) for name, key in keys.items()]
    asyncio.run(enqueue(redis_url, works))
    return set(keys.values())


async def enqueue(redis_url: str, works: Sequence[Work]) -> None:
    queue = TaskQueue(quick_settings(redis_url), ResultSettings(), JOURNAL)
    for work in works:
        await queue.enqueue(work)
    await queue.close()


def swept(crew: CrewProcess) -> float:
    return crew.metric('pixelmill_swept_files_total{kind="results"}')


def test_the_next_crew_finishes_what_a_killed_one_left(home: Home, redis_url: str, tmp_path: Path) -> None:
    """Within the lease. It removes each file once, and none that lives."""
    living, expired = enqueue_old_uploads(redis_url), expired_keys()
    home.fill(living | expired)
    store = tmp_path / "store"
    with (
        running_crew(store, redis_url, home.settings, lease_seconds=LEASE_SECONDS, batch_tasks=1) as first,
        running_crew(store, redis_url, home.settings, lease_seconds=LEASE_SECONDS) as second,
    ):
        wait_until(lambda: swept(first) > 0, SWEEP_SECONDS)
        first.process.kill()
        killed_at = time.monotonic()
        first.process.wait()
        left = home.kept() - living
        assert 0 < len(left) < len(expired), "it was not killed in the middle"
        assert swept(second) == 0, "two crews were at work"

        wait_until(lambda: swept(second) > 0, LEASE_SECONDS + MARGIN_SECONDS)
        assert time.monotonic() - killed_at < LEASE_SECONDS + MARGIN_SECONDS
        wait_until(lambda: second.sweeps > 0, SWEEP_SECONDS)
        assert swept(second) == len(left)
        assert home.kept() == living


def test_two_crews_share_the_work_without_doing_it_twice(home: Home, redis_url: str, tmp_path: Path) -> None:
    """One sweeps, the other waits; told to stop in the middle, the first leaves the rest to the second."""
    living, expired = enqueue_old_uploads(redis_url), expired_keys()
    home.fill(living | expired)
    with (
        running_crew(tmp_path / "store", redis_url, home.settings, batch_tasks=1) as first,
        running_crew(tmp_path / "store", redis_url, home.settings) as second,
    ):
        wait_until(lambda: swept(first) > 0, SWEEP_SECONDS)
        assert swept(second) == 0
        first.process.terminate()
        assert first.process.wait(timeout=20) == 0
        left = home.kept() - living

        wait_until(lambda: second.sweeps > 0, SWEEP_SECONDS)
        assert 0 < swept(second) == len(left)
        assert home.kept() == living
