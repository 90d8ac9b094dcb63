"""What a sweep asks of the store and of Redis follows what has expired, not what exists: on disk and in a bucket."""

from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp

import pytest
import redis

from pixelmill.expire.source_sweep import SourceSweep
from pixelmill.expire.sweep import Sweep
from pixelmill.settings import StoreSettings
from pixelmill.store.keys import result_key, slot_of
from pixelmill.store.opening import open_place
from pixelmill.store.store import Store
from tests.integration.expire.conftest import House
from tests.support.counting_place import CountingPlace
from tests.support.s3_server import S3Server, Space
from tests.support.stumbling import stumbling
from tests.support.tasks import a_task_id

EXPIRED_TASKS = 40
VARIANTS = 3
LIVING_MINUTES = 8
"""Less than a result lives in these tests."""


@dataclass
class Cost:
    """What one sweep asked for: calls of the store, commands of Redis, requests to S3."""

    calls: Counter[str]
    commands: int
    requests: int


@dataclass
class Scale:
    """Stores with files that live and files that have expired, and who counts.

    Attributes:
        house: Has the queue.
        new_url: Where another store may lie.
        requests: How many S3 has been asked.
    """

    house: House
    new_url: Callable[[], str]
    requests: Callable[[], int]

    async def costs(self, living_tasks: int, sweeps: int) -> list[Cost]:
        """Of so many sweeps in a row, on a store of their own."""
        place = CountingPlace(open_place(StoreSettings(url=self.new_url())))
        await self._fill(place, living_tasks)
        house, store = self.house, Store(place)
        sources = SourceSweep(store, house.sources, house.fetch, house.results)
        sweep = Sweep(store, house.queue, house.results, sources)
        return [await self._cost(place, sweep) for _ in range(sweeps)]

    async def _fill(self, place: CountingPlace, living_tasks: int) -> None:
        now = datetime.now(UTC)
        ages = [timedelta(minutes=number % LIVING_MINUTES) for number in range(living_tasks)]
        ages += [timedelta(hours=2, minutes=number % 2) for number in range(EXPIRED_TASKS)]
        for number, age in enumerate(ages):
            names = (
                result_key(slot_of(now - age), a_task_id(str(number)), "1f0c8a52", f"variant-{variant}.webp")
                for variant in range(VARIANTS)
            )
            await place.put(dict.fromkeys(names, self.house.scratch))

    async def _cost(self, place: CountingPlace, sweep: Sweep) -> Cost:
        with redis.Redis.from_url(self.house.redis_url) as client:

            def commands() -> int:
                return int(client.info("stats")["total_commands_processed"])

            place.counts.clear()
            commands_before, requests_before = commands(), self.requests()
            await sweep.run(datetime.now(UTC))
            return Cost(place.counts.copy(), commands() - commands_before, self.requests() - requests_before)


@pytest.fixture(params=["folder", "s3"])
async def scale(
    request: pytest.FixtureRequest, house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Scale]:
    if request.param == "folder":
        yield Scale(house, lambda: Path(mkdtemp(dir=tmp_path)).as_uri(), lambda: 0)
        return
    server: S3Server = request.getfixturevalue("s3_server")
    with stumbling(server.endpoint, every=0) as proxy:
        for name, value in server.environment(proxy.url).items():
            monkeypatch.setenv(name, value)
        yield Scale(house, lambda: Space(server).url, lambda: proxy.seen)


async def test_a_sweep_costs_what_has_expired_however_much_lives(scale: Scale) -> None:
    """Ten times as many files that live: not one call, command or request more."""
    (few,) = await scale.costs(living_tasks=60, sweeps=1)
    (many,) = await scale.costs(living_tasks=600, sweeps=1)

    assert many.calls == few.calls
    assert many.commands <= few.commands * 1.05  # the first sweep also loads the queue's scripts
    assert many.requests == few.requests
    assert few.calls["listed"] == few.calls["deleted"] == EXPIRED_TASKS * VARIANTS
    assert few.calls["named"] == LIVING_MINUTES + 2
    assert few.calls["list_files"] == 2
    assert few.calls["delete"] == 2


async def test_a_sweep_with_nothing_to_do_costs_a_few_calls(scale: Scale) -> None:
    """It comes by every thirty seconds, and a bucket counts each request."""
    _, idle = await scale.costs(living_tasks=60, sweeps=2)

    assert idle.calls == {"list_folders": 3, "named": idle.calls["named"], "delete_unfinished": 1}
    assert idle.requests <= 4
