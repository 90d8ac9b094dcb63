"""The crew's rounds, with a sweep and a lease that do what the test says."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime

import pytest
from prometheus_client import REGISTRY

from pixelmill.cleanup_crew import crew as crew_module
from pixelmill.cleanup_crew.crew import Crew
from pixelmill.cleanup_crew.lease import Lease
from pixelmill.domain.errors import StoreUnavailable, TrailUnavailable
from pixelmill.expire.old_trail import OldTrail
from pixelmill.expire.sweep import Sweep
from pixelmill.expire.swept import Swept
from tests.support.wait import wait_until_async

Round = Callable[[], Awaitable[None]]


class ScriptedSweep(Sweep):
    """Does one thing after another; the last again and again."""

    def __init__(self, *rounds: Round) -> None:
        self._rounds = list(rounds)
        self.runs = 0

    async def run(self, now: datetime) -> Swept:
        assert now.tzinfo is not None
        self.runs += 1
        await (self._rounds.pop(0) if len(self._rounds) > 1 else self._rounds[0])()
        return Swept(tasks=1, files=2, size_bytes=3)


class ScriptedTrail(OldTrail):
    """As `ScriptedSweep`, for old rows."""

    def __init__(self, *rounds: Round) -> None:
        self._rounds = list(rounds)
        self.runs = 0

    async def remove(self, now: datetime) -> int:
        assert now.tzinfo is not None
        self.runs += 1
        await (self._rounds.pop(0) if len(self._rounds) > 1 else self._rounds[0])()
        return 0


class ScriptedLease(Lease):
    """Is there to be taken; lost when the test says so."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.lost = asyncio.Event()

    async def take(self) -> bool:
        self.log.append("take")
        return True

    async def keep(self) -> None:
        await self.lost.wait()
        self.lost.clear()

    async def give_back(self) -> None:
        self.log.append("give back")


async def nothing() -> None:
    """A round that goes well."""


async def for_ever() -> None:
    await asyncio.Event().wait()


async def store_away() -> None:
    raise StoreUnavailable


async def trail_away() -> None:
    raise TrailUnavailable


async def bug() -> None:
    raise KeyError("a bug")


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crew_module, "LOOK_SECONDS", 0.01)


@asynccontextmanager
async def at_work(sweep: Sweep, lease: Lease, old_trail: OldTrail | None = None) -> AsyncIterator[None]:
    """A crew that makes its rounds, and is told to stop at the end."""
    stop = asyncio.Event()
    running = asyncio.create_task(
        Crew(sweep, old_trail or ScriptedTrail(nothing), lease, interval_seconds=0.001).run(stop)
    )
    yield
    stop.set()
    async with asyncio.timeout(2):
        await running


async def runs(sweep: ScriptedSweep, times: int) -> None:
    async def enough() -> bool:
        return sweep.runs >= times

    await wait_until_async(enough)


@pytest.mark.parametrize("failure", [store_away, bug])
async def test_no_failure_ends_the_rounds(failure: Round) -> None:
    """An outage passes, and a bug that one file brings out must not keep all others from expiring."""

    def failed() -> float:
        return REGISTRY.get_sample_value("pixelmill_sweeps_total", {"outcome": "failed"}) or 0

    sweep, failed_before = ScriptedSweep(failure, failure, nothing), failed()

    async with at_work(sweep, ScriptedLease()):
        await runs(sweep, 5)

    assert failed() - failed_before == 2


@pytest.mark.parametrize("failure", [trail_away, bug])
async def test_an_old_trail_that_cannot_be_removed_stops_nothing(
    failure: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Postgres is on the path of nothing; it is tried again."""
    monkeypatch.setattr(crew_module, "TRAIL_INTERVAL_SECONDS", 0.001)
    sweep, old_trail = ScriptedSweep(nothing), ScriptedTrail(failure, failure, nothing)

    async with at_work(sweep, ScriptedLease(), old_trail):
        await runs(sweep, 5)

        async def went_on() -> bool:
            return old_trail.runs >= 4

        await wait_until_async(went_on)


async def test_stopping_breaks_off_a_sweep_and_gives_the_lease_back() -> None:
    """Whoever stops a container waits ten seconds, then kills it."""
    sweep, lease = ScriptedSweep(for_ever), ScriptedLease()

    async with at_work(sweep, lease):
        await runs(sweep, 1)

    assert lease.log == ["take", "give back"]


async def test_a_lost_lease_ends_the_sweep_until_it_is_taken_again() -> None:
    """Another crew is at work then."""
    sweep, lease = ScriptedSweep(for_ever), ScriptedLease()

    async with at_work(sweep, lease):
        await runs(sweep, 1)
        lease.lost.set()
        await runs(sweep, 2)

    assert lease.log == ["take", "give back", "take", "give back"]


async def test_a_cancellation_that_gets_lost_is_repeated() -> None:
    """As the ones do that meet redis-py at the wrong moment on Python 3.11."""

    async def eats_one_cancellation() -> None:
        try:
            await for_ever()
        except asyncio.CancelledError:
            await for_ever()

    sweep = ScriptedSweep(eats_one_cancellation)

    async with at_work(sweep, ScriptedLease()):
        await runs(sweep, 1)
