"""Expiry: what one sweep costs beside few and beside many files that live, while the same number has expired.

A million files take minutes to make and to remove on most disks, and some gigabytes: TMPDIR says where.

The files lie as workers leave them: five variants of a task, by minute and task. Redis knows of no task, so that every
file of a past minute goes. A sweep should cost the same whatever lives beside what has expired.
"""

import asyncio
import os
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Final, Literal

import obstore
import redis
from rich.progress import track

from benchmarks.report import keep, show
from pixelmill.audit.stream import TrailJournal
from pixelmill.expire.source_sweep import SourceSweep
from pixelmill.expire.sweep import Sweep
from pixelmill.fetch.source_index import SourceIndex
from pixelmill.queue.connection import connect_for_requests
from pixelmill.queue.task_queue import TaskQueue
from pixelmill.settings import AuditSettings, FetchSettings, QueueSettings, ResultSettings, StoreSettings
from pixelmill.store.keys import result_key, slot_of
from pixelmill.store.opening import folder_of, open_place
from pixelmill.store.store import Store
from tests.support.counting_place import CountingPlace
from tests.support.s3_server import S3Server, Space
from tests.support.servers import ValkeyServer

Where = Literal["folder", "s3"]

VARIANTS: Final = 5
CONTENT: Final = b"image"
LIVING: Final = [timedelta(minutes=minutes) for minutes in range(40)]
"""The ages of the minutes that live: less than the usual hour, for it takes minutes to put the files there."""
EXPIRED: Final = [timedelta(hours=2)]
PUTS_AT_ONCE: Final = 32


@dataclass(frozen=True)
class Cost:
    """What one sweep did, and what that took."""

    living_files: int
    expired_files: int
    seconds: float
    cpu_seconds: float
    store_calls: int
    listed_files: int
    redis_commands: int


async def expiry(files: int, expired: int, where: Where) -> None:
    """Sweep beside few files and beside many, and report both."""
    with ValkeyServer() as valkey:
        costs = [await _sweep_beside(living, expired, where, valkey) for living in (expired, files)]
    few, many = costs
    columns = ("files that live", "went", "s", "CPU s", "store calls", "files listed", "Redis commands")
    rows = [[str(round(value, 2)) for value in asdict(cost).values()] for cost in costs]
    show(f"One sweep of a store in {'a folder' if where == 'folder' else 'S3'}", columns, rows)
    keep(
        f"expiry-{where}",
        {"costs": [asdict(cost) for cost in costs], "seconds_ratio": round(many.seconds / few.seconds, 2)},
    )


async def _sweep_beside(living: int, expired: int, where: Where, valkey: ValkeyServer) -> Cost:
    with _store_url(where) as url:
        await _fill(url, expired, EXPIRED)
        await _fill(url, living, LIVING)
        place = CountingPlace(open_place(StoreSettings(url=url)))
        async with _sweeper(Store(place), valkey.url) as sweep:
            with redis.Redis.from_url(valkey.url) as client:
                commands = _commands(client)
                started_at, cpu_started_at = time.perf_counter(), time.process_time()
                swept = await sweep.run(datetime.now(UTC))
                seconds, cpu_seconds = time.perf_counter() - started_at, time.process_time() - cpu_started_at
                commands = _commands(client) - commands
    if swept.files != expired:
        raise RuntimeError(f"{swept.files} files went, {expired} had expired")
    return Cost(
        living_files=living,
        expired_files=expired,
        seconds=seconds,
        cpu_seconds=cpu_seconds,
        store_calls=place.calls,
        listed_files=place.counts["listed"],
        redis_commands=commands,
    )


@contextmanager
def _store_url(where: Where) -> Iterator[str]:
    if where == "folder":
        with tempfile.TemporaryDirectory() as folder:
            yield Path(folder).as_uri()
        return
    with S3Server() as server:
        space = Space(server)
        os.environ.update(space.environment)
        yield space.url


@asynccontextmanager
async def _sweeper(store: Store, redis_url: str) -> AsyncIterator[Sweep]:
    results, fetch = ResultSettings(), FetchSettings()
    queue = TaskQueue(QueueSettings(redis_url=redis_url), results, TrailJournal(AuditSettings()))
    client = connect_for_requests(redis_url)
    sources = SourceSweep(store, SourceIndex(client, fetch.cache_bytes), fetch, results)
    yield Sweep(store, queue, results, sources)
    await client.aclose()
    await queue.close()


async def _fill(url: str, files: int, ages: list[timedelta]) -> None:
    """Put files where workers would: a task's variants together, tasks evenly over the minutes."""
    now = datetime.now(UTC)
    keys = (
        result_key(slot_of(now - ages[task % len(ages)]), f"{task:032x}", "1f0c8a52", f"variant-{number}.webp")
        for task in range(files)
        for number in range(VARIANTS)
    )
    shown = iter(track(islice(keys, files), f"{files} files", files))
    if folder := folder_of(StoreSettings(url=url)):
        _fill_folder(folder, shown)
    else:
        await _fill_bucket(url, shown)


def _fill_folder(root: Path, keys: Iterator[str]) -> None:
    # Past the store: it syncs each file to the disk, which would take hours.
    for key in keys:
        path = root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(CONTENT)


async def _fill_bucket(url: str, keys: Iterator[str]) -> None:
    objects = obstore.store.from_url(url, client_options={"allow_http": True})

    async def put_in_turn() -> None:
        for key in keys:
            await obstore.put_async(objects, key, CONTENT, use_multipart=False)

    await asyncio.gather(*(put_in_turn() for _ in range(PUTS_AT_ONCE)))


def _commands(client: "redis.Redis") -> int:
    return int(client.info("stats")["total_commands_processed"])
