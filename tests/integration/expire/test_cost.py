"""What a sweep asks of the store and of Redis follows what has expired, not what exists: on disk and in a bucket."""

from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import redis

from pixelmill.expire.source_sweep import SourceSweep
from pixelmill.expire.sweep import Sweep
from pixelmill.fetch.source_index import SourceIndex
from pixelmill.queue.connection import connect_for_requests
from pixelmill.queue.task_queue import TaskQueue
from pixelmill.settings import FetchSettings, ResultSettings, StoreSettings
from pixelmill.store.keys import result_key, slot_of
from pixelmill.store.opening import open_place
from pixelmill.store.store import Store
from tests.support.counting_place import CountingPlace
from tests.support.s3_server import S3Server, Space
from tests.support.stumbling import stumbling
from tests.support.tasks import JOURNAL, a_task_id, quick_settings

EXPIRED_TASKS = 40
VARIANTS = 3
LIVING_MINUTES = 20


@dataclass
class Cost:
    """What one sweep asked for: calls of the store, commands of Redis, requests to S3."""

    calls: Counter[str]
    commands: int
    requests: int


@dataclass
class Measured:
    """A store with files that live and files that have expired, what makes a crew's sweep of it, and who counts."""

    place: CountingPlace
    make_sweep: Callable[[], Sweep]
    redis_url: str
    requests: Callable[[], int]
    image: Path

    async def fill(self, living_tasks: int) -> None:
        now = datetime.now(UTC)
        ages = [timedelta(minutes=number % LIVING_MINUTES) for number in range(living_tasks)]
        ages += [timedelta(hours=2, minutes=number % 2) for number in range(EXPIRED_TASKS)]
        for number, age in enumerate(ages):
            names = (
                result_key(slot_of(now - age), a_task_id(str(number)), "1f0c8a52", f"variant-{variant}.webp")
                for variant in range(VARIANTS)
            )
            await self.place.put(dict.fromkeys(names, self.image))

    async def cost(self) -> Cost:
        """Of the first sweep of a crew."""
        with redis.Redis.from_url(self.redis_url) as client:

            def commands() -> int:
                return int(client.info("stats")["total_commands_processed"])

            self.place.counts.clear()
            commands_before, requests_before = commands(), self.requests()
            swept = await self.make_sweep().run(datetime.now(UTC))
            assert swept.files == EXPIRED_TASKS * VARIANTS
            return Cost(self.place.counts.copy(), commands() - commands_before, self.requests() - requests_before)


@pytest.fixture(params=["folder", "s3"])
async def measured(
    request: pytest.FixtureRequest, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Measured]:
    image = tmp_path / "image"
    image.write_bytes(b"image")
    results, fetch = ResultSettings(), FetchSettings()
    queue = TaskQueue(quick_settings(redis_url), results, JOURNAL)
    client = connect_for_requests(redis_url)

    def make(url: str, requests: Callable[[], int]) -> Measured:
        place = CountingPlace(open_place(StoreSettings(url=url)))
        store = Store(place)

        def sources() -> SourceSweep:
            return SourceSweep(store, SourceIndex(client, fetch.cache_bytes), fetch, results)

        return Measured(place, lambda: Sweep(store, queue, results, sources()), redis_url, requests, image)

    if request.param == "folder":
        yield make((tmp_path / "store").as_uri(), lambda: 0)
    else:
        server: S3Server = request.getfixturevalue("s3_server")
        with stumbling(server.endpoint, every=0) as proxy:
            space = Space(server, proxy.url)
            for name, value in space.environment.items():
                monkeypatch.setenv(name, value)
            yield make(space.url, lambda: proxy.seen)
    await client.aclose()
    await queue.close()


async def test_a_sweep_costs_what_has_expired_however_much_lives(measured: Measured) -> None:
    """Ten times as many files that live: not one call, command or request more."""
    await measured.fill(living_tasks=60)
    few = await measured.cost()
    await measured.fill(living_tasks=600)
    many = await measured.cost()

    assert many.calls == few.calls
    assert many.commands <= few.commands * 1.05  # counting itself, and the connections' own, are in there
    assert many.requests <= few.requests
    assert few.calls["listed"] == few.calls["deleted"] == EXPIRED_TASKS * VARIANTS
    assert few.calls["named"] <= LIVING_MINUTES + 3
    assert few.calls["list_files"] == 2
    assert few.calls["delete"] == 2


async def test_a_sweep_with_nothing_to_do_costs_a_few_calls(measured: Measured) -> None:
    """It comes by every thirty seconds, and a bucket counts each request."""
    await measured.fill(living_tasks=60)
    sweep = measured.make_sweep()
    await sweep.run(datetime.now(UTC))
    measured.place.counts.clear()
    requests = measured.requests()
    await sweep.run(datetime.now(UTC))
    assert measured.place.calls == 4  # the slots of each kind, and what killed processes left
    assert measured.requests() - requests <= 4
