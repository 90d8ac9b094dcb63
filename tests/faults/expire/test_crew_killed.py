"""The crew that works is killed in the middle of a sweep; the next one finishes what it left."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pixelmill.store.keys import result_key, slot_of
from tests.support.crew_process import running_crew
from tests.support.tasks import a_task_id
from tests.support.wait import wait_until

LEASE_SECONDS = 3.0
MARGIN_SECONDS = 6.0
"""For a look once a second and a busy machine."""
FILES = 6000
SWEPT_FILES = 'pixelmill_swept_files_total{kind="results"}'


def put_expired(store: Path, prepared: Path) -> Path:
    """Put results of a day ago into the store, all at once: the crew is at work already. Returns their folder."""
    slot = slot_of(datetime.now(UTC) - timedelta(days=1))
    for number in range(FILES):
        path = prepared / result_key(slot, a_task_id(str(number)), "1f0c8a52", "image.webp")
        path.parent.mkdir(parents=True)
        path.touch()
    (store / "results").mkdir(exist_ok=True)
    return (prepared / "results" / slot).rename(store / "results" / slot)


def test_the_next_crew_takes_over_within_the_lease(tmp_path: Path, redis_url: str) -> None:
    """And nothing is left behind: no file, no empty folder."""
    store = tmp_path / "store"
    with (
        running_crew(store, redis_url, lease_seconds=LEASE_SECONDS) as first,
        running_crew(store, redis_url, lease_seconds=LEASE_SECONDS) as second,
    ):
        wait_until(lambda: first.sweeps > 0)
        expired = put_expired(store, tmp_path / "prepared")
        wait_until(lambda: sum(1 for _ in expired.iterdir()) < FILES)
        first.process.kill()
        killed_at = time.monotonic()
        first.process.wait()
        assert expired.is_dir(), "it was not killed in the middle"

        wait_until(lambda: second.metric(SWEPT_FILES) > 0, timeout_seconds=30)
        assert time.monotonic() - killed_at < LEASE_SECONDS + MARGIN_SECONDS
        wait_until(lambda: not expired.exists(), timeout_seconds=30)
