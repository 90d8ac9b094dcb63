"""One sweep over a real store and a real queue."""

import os
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import REGISTRY

from pixelmill.domain.errors import QueueUnavailable
from pixelmill.expire.policy import UNFINISHED_AFTER
from pixelmill.queue.kept import KeptTask
from pixelmill.queue.task_queue import TaskQueue
from pixelmill.settings import QueueSettings, ResultSettings
from pixelmill.store.keys import Kind, result_key, slot_of, upload_key
from pixelmill.store.place import StoredFile
from pixelmill.store.store import Store
from tests.integration.expire.conftest import House, upload_of
from tests.support.tasks import JOURNAL, a_digest, a_task_id, some_work
from tests.support.wait import wait_until_async

SHORT = ResultSettings(life_seconds=1, failure_life_seconds=1)


def old_slot(minutes: int = 0) -> str:
    return slot_of(datetime.now(UTC) - timedelta(days=1, minutes=minutes))


async def is_over(house: House, name: str) -> None:
    async def over() -> bool:
        return await house.queue.get(a_task_id(name)) is None

    await wait_until_async(over)


def result_files(house: House) -> set[str]:
    return {file for file in house.files() if file.startswith("results/")}


@pytest.mark.parametrize("results", [SHORT])
async def test_an_expired_result_goes_with_its_task_and_its_folders(house: House) -> None:
    """Nothing is left: not in Redis, not in the store, not an empty folder."""
    await house.run(some_work("a"), some_work("b"))
    assert len(house.files()) == 2
    await is_over(house, "a")
    await is_over(house, "b")

    swept = await house.sweep.run(house.past())

    assert (swept.tasks, swept.files, swept.size_bytes) == (2, 2, 10)
    assert await house.queue.find(a_task_id("a")) is None
    assert house.files() == set()
    assert house.folders() == set()


async def test_a_result_that_lives_stays_whatever_its_slot(house: House) -> None:
    """The slot only tells where to look; Redis tells what lives."""
    await house.run(some_work("a"))
    before = house.files()

    await house.sweep.run(house.past())

    assert house.files() == before


async def test_a_slot_that_is_not_past_is_not_looked_into(house: House) -> None:
    """Not even at files of tasks nobody knows: they may belong to one that is just being enqueued."""
    key = upload_key(slot_of(datetime.now(UTC)), a_digest("just uploaded"))
    await house.put(key)

    await house.sweep.run(datetime.now(UTC))

    assert house.files() == {key}


async def test_what_a_dead_execution_left_goes_and_the_result_stays(house: House) -> None:
    """Its worker died after storing; another ran the task to its end."""
    await house.run(some_work("a"))
    mine = house.files()
    left = result_key(old_slot(), a_task_id("a"), "deadbeef", "image.webp")
    await house.put(left)

    await house.sweep.run(house.past())

    assert house.files() == mine


async def test_files_of_a_pending_task_stay(house: House) -> None:
    """It waits to be run again; its upload is needed, and its earlier results may be."""
    work = await house.upload("a")
    earlier = result_key(old_slot(), work.task_id, "1f0c8a52", "image.webp")
    await house.put(earlier)
    await house.queue.enqueue(work)

    await house.sweep.run(house.past())

    assert house.files() == {earlier, upload_of(work)}


@pytest.mark.parametrize("results", [SHORT])
async def test_uploads_go_with_their_tasks_and_a_dead_letter_keeps_its_own(house: House) -> None:
    """The operator may requeue a dead letter for as long as it is kept."""
    done, missing, slow = [await house.upload(name) for name in ("done", "missing", "slow")]
    await house.run(done, missing, slow)
    await is_over(house, "done")
    await is_over(house, "missing")

    await house.sweep.run(house.past())

    assert house.files() == {upload_of(slow)}


async def test_an_upload_of_an_earlier_submission_goes(house: House) -> None:
    """The task was submitted again with a fresh copy, which stays."""
    stale = upload_key(old_slot(), a_digest("a"))
    await house.put(stale)
    work = await house.upload("a")
    await house.run(work)

    await house.sweep.run(house.past())

    assert {file for file in house.files() if file.startswith("uploads/")} == {upload_of(work)}


async def test_what_is_not_ours_stays(house: House) -> None:
    """The folder may be shared, or somebody looked at a result and left notes."""
    foreign = {
        f"results/{old_slot()}/notes.txt",
        f"results/{old_slot()}/{a_task_id('a')}/1f0c8a52/image.webp.bak/copy",
        "results/lost+found/file",
        "somewhere/else/file",
    }
    for name in foreign:
        path = house.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")

    await house.sweep.run(house.past())

    assert house.files() == foreign


async def test_half_written_files_of_killed_processes_go(house: House) -> None:
    """Those still being written stay."""
    (house.root / "unfinished").mkdir(exist_ok=True)
    abandoned, fresh = house.root / "unfinished" / "abandoned", house.root / "unfinished" / "fresh"
    abandoned.touch()
    fresh.touch()
    long_ago = time.time() - UNFINISHED_AFTER.total_seconds() - 1
    os.utime(abandoned, (long_ago, long_ago))

    await house.sweep.run(datetime.now(UTC))

    assert house.files() == {"unfinished/fresh"}


async def test_empty_folders_of_killed_processes_go(house: House) -> None:
    """A worker died between making the folder and moving the file into it."""
    (house.root / "results" / old_slot() / a_task_id("a") / "1f0c8a52").mkdir(parents=True)

    await house.sweep.run(datetime.now(UTC))

    assert house.folders() == set()


async def test_nothing_goes_while_redis_is_away(house: House) -> None:
    """No answer is not the answer that there is no such task."""
    key = result_key(old_slot(), a_task_id("a"), "1f0c8a52", "image.webp")
    await house.put(key)
    house.queue = TaskQueue(QueueSettings(redis_url="redis://127.0.0.1:1/0"), house.results, JOURNAL)

    with pytest.raises(QueueUnavailable):
        await house.sweep.run(house.past())
    await house.queue.close()

    assert house.files() == {key}


async def test_a_task_written_by_another_version_keeps_its_files(house: House, redis_url: str) -> None:
    """During an upgrade the crew may be the older one; the others' files still go."""
    work = await house.upload("a")
    await house.queue.enqueue(work)
    orphan = result_key(old_slot(), a_task_id("b"), "1f0c8a52", "image.webp")
    await house.put(orphan)
    client = house.queue._engine.client
    await client.hset(house.queue._engine.key(work.task_id), "data", '{"new": "fields"}')

    await house.sweep.run(house.past())

    assert house.files() == {upload_of(work)}


class Counting:
    """Counts what a sweep asks the queue and the store."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: Counter[str] = Counter()
        find, list_files = TaskQueue.find, Store.list_files

        async def counted_find(queue: TaskQueue, task_id: str) -> KeptTask | None:
            self.asked["find"] += 1
            return await find(queue, task_id)

        async def counted_list(store: Store, prefix: str) -> list[StoredFile]:
            self.asked["list"] += 1
            return await list_files(store, prefix)

        monkeypatch.setattr(TaskQueue, "find", counted_find)
        monkeypatch.setattr(Store, "list_files", counted_list)


async def test_the_cost_follows_what_expires(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not what exists: files in slots that are not past cost nothing."""
    now = slot_of(datetime.now(UTC))
    await house.put(*(result_key(now, a_task_id(str(number)), "1f0c8a52", "image.webp") for number in range(50)))
    expired = [result_key(old_slot(number), a_task_id("a"), "1f0c8a52", "image.webp") for number in range(3)]
    await house.put(*expired)
    counting = Counting(monkeypatch)

    await house.sweep.run(datetime.now(UTC))

    assert counting.asked == {"list": 3, "find": 3}
    assert len(house.files()) == 50


async def test_what_is_held_is_not_asked_about_in_every_sweep(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A dead letter holds its upload for a week of sweeps; it still goes when it may."""
    work = await house.upload("a")
    await house.queue.enqueue(work)
    counting, sweep, now = Counting(monkeypatch), house.sweep, house.past()

    for second in range(60):
        await sweep.run(now + timedelta(seconds=second))
    assert 1 <= counting.asked["find"] <= 2

    await house.queue._engine.client.flushall()
    await sweep.run(now + timedelta(minutes=5))
    assert house.files() == set()


async def test_what_goes_is_counted(house: House) -> None:
    """By kind, in files and bytes."""

    def sample(name: str, kind: Kind) -> float:
        return REGISTRY.get_sample_value(f"pixelmill_swept_{name}_total", {"kind": kind.value}) or 0

    before = {(name, kind): sample(name, kind) for name in ("files", "bytes") for kind in Kind}
    await house.put(upload_key(old_slot(), a_digest("a")))
    await house.put(*(result_key(old_slot(), a_task_id("a"), "1f0c8a52", f"{name}.webp") for name in ("big", "small")))

    await house.sweep.run(house.past())

    after = {key: sample(*key) - value for key, value in before.items()}
    assert after == {
        ("files", Kind.RESULTS): 2,
        ("bytes", Kind.RESULTS): 10,
        ("files", Kind.UPLOADS): 1,
        ("bytes", Kind.UPLOADS): 5,
        ("files", Kind.SOURCES): 0,
        ("bytes", Kind.SOURCES): 0,
    }
