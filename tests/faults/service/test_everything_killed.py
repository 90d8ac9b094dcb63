"""Every process is killed, again and again, under load: what was accepted ends once, and right, and nothing is left.

PIXELMILL_FAULT_MINUTES=5 has it go on for minutes. What is killed when is left to chance: PIXELMILL_FAULT_SEED takes
the seed that an earlier run has printed.
"""

import asyncio
import os
import random
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

import psycopg
import pytest
from redis import Redis

from pixelmill.audit.stream import STREAM
from pixelmill.cli.checks.subject import Subject, find_subject
from pixelmill.client import Client
from pixelmill.expire.source_sweep import SourceSweep
from pixelmill.expire.sweep import Sweep
from pixelmill.fetch.source_index import PREFIX, SourceIndex
from pixelmill.queue.connection import connect_for_requests
from pixelmill.queue.task_queue import TaskQueue
from pixelmill.settings import FetchSettings, QueueSettings, ResultSettings, Settings
from pixelmill.store.store import Store
from tests.support.killing import PATIENCE_SECONDS, VICTIMS, Killing
from tests.support.mixed_load import MixedLoad
from tests.support.origin import Origin
from tests.support.tasks import JOURNAL
from tests.support.up import Up, await_end
from tests.support.wait import wait_until, wait_until_async

SECONDS: Final = float(os.environ.get("PIXELMILL_FAULT_MINUTES", "0")) * 60
SEED: Final = int(os.environ.get("PIXELMILL_FAULT_SEED") or random.randrange(1_000_000))  # noqa: S311 - no secret
TASKS: Final = 1000

OWN_KEYS: Final = frozenset({"meta", "id", "events", "marker", "pc", "stalled-check", "stalled", "completed", "failed"})
"""BullMQ's for the queue: each is one key, and bounded."""


@pytest.mark.timeout(400 + SECONDS * 2)
def test_every_process_is_killed_under_load(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A thousand tasks and more, good and bad."""
    say = partial(_say, capsys)
    say(f"\nPIXELMILL_FAULT_SEED={SEED}")
    with Origin() as origin:
        environment = {
            "PIXELMILL_FETCH_ALLOWED_NETWORKS": "127.0.0.0/8",
            "PIXELMILL_FETCH_ALLOWED_PORTS": str(origin.port),
            "PIXELMILL_QUEUE_LEASE_SECONDS": "3",
            "PIXELMILL_QUEUE_STALLED_INTERVAL_SECONDS": "1.5",
            "PIXELMILL_CLEANUP_INTERVAL_SECONDS": "1",
        }
        run = Up(tmp_path, tmp_path / "data", environment=environment)
        run.await_ready()
        with Client(run.base_url, retry_seconds=PATIENCE_SECONDS) as client:
            load = MixedLoad(client, origin, tmp_path, SEED)
            killing = Killing(run, load, SEED)
            try:
                with load.running():
                    killing.go(SECONDS)
                    killing.await_tasks(max(50, TASKS + TASKS // 5 - load.ended))  # some are equal
                trail = _check_trail(killing.run, load)
                asyncio.run(_check_leftovers(killing.run))
                everything = killing.run.everything()
            finally:
                ended_well = killing.run.interrupt() == 0
                say(f"kills {dict(sorted(killing.kills.items()))}; {len(load.ends)} tasks accepted")
                say(f"ends {dict(sorted(load.outcomes.items()))}")
    await_end(everything)
    say(trail)
    assert load.mistakes == []
    assert ended_well
    assert len(load.ends) >= TASKS
    assert list((tmp_path / "data" / "run").iterdir()) == []


def _say(capsys: pytest.CaptureFixture[str], words: str) -> None:
    with capsys.disabled():
        print(words)  # noqa: T201 - it is to be read


def _check_trail(run: Up, load: MixedLoad) -> str:
    """Every accepted task has one row: how it ended for its callers, whoever asked for it and how often."""
    database_url = _subject(run).database_url
    assert database_url is not None
    with psycopg.connect(database_url, autocommit=True) as connection:

        def rows() -> dict[str, list[str]]:
            by_task: dict[str, list[str]] = {}
            for task_id, status in connection.execute("SELECT task_id, status FROM trail").fetchall():
                by_task.setdefault(task_id, []).append(status)
            return by_task

        def is_complete() -> bool:
            by_task = rows()
            return by_task.keys() >= load.ends.keys() and not any("pending" in each for each in by_task.values())

        # What a killed writer had in its hands is taken over after half a minute.
        wait_until(is_complete, 90)
        by_task = rows()
    assert by_task == {task_id: [status] for task_id, status in load.ends.items()}
    return f"{len(by_task)} rows in the trail"


async def _check_leftovers(run: Up) -> None:
    """Idle, nothing is under way; when every life is over, no file and no key of a task is left."""
    subject = _subject(run)
    assert subject.redis_url is not None
    assert subject.store is not None
    over = ResultSettings.model_construct(life_seconds=1, failure_life_seconds=1, dead_letter_life_seconds=1)
    queue = TaskQueue(QueueSettings(redis_url=subject.redis_url), over, JOURNAL)
    store, client = Store.open(subject.store), connect_for_requests(subject.redis_url)
    sources = SourceSweep(store, SourceIndex(client, 0), FetchSettings(), over)
    counts = (await queue.depth()).counts
    assert (counts["waiting"], counts["active"], counts["retrying"]) == (0, 0, 0)
    assert len(run.find_all(*VICTIMS["child"])) == len(os.sched_getaffinity(0)), "children outlived their worker"
    (scratch,) = (run.data_dir / "run" / "scratch").iterdir()
    assert [path for path in scratch.rglob("*") if path.is_file()] == []

    await asyncio.sleep(1.1)  # the shortest life there is
    for days in (1, 2):
        await Sweep(store, queue, over, sources).run(datetime.now(UTC) + timedelta(days=days))
    await store.delete_unfinished(timedelta(0))
    await client.aclose()
    files = [path for path in Path(subject.disk / "store").rglob("*") if path.is_file()]
    assert files == []
    with Redis.from_url(subject.redis_url, decode_responses=True) as redis:
        lasting = {key for key in redis.scan_iter(count=1000) if redis.ttl(key) == -1}
    queues = ("resize", "resize-outbox")
    known = {f"pixelmill:{name}:{key}" for name in queues for key in OWN_KEYS} | {STREAM, f"{PREFIX}bytes"}
    assert lasting <= known

    async def is_written() -> bool:
        return await queue.journal_lag_seconds() == 0

    await wait_until_async(is_written, 20)
    await queue.close()


def _subject(run: Up) -> Subject:
    return find_subject(Settings.from_environment(), run.data_dir)
