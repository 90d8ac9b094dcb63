"""Progress reaches callers a few times a second and never holds up the task; of a quick one there is none."""

import asyncio

import pytest

from pixelmill.domain.task import Progress, Stage
from pixelmill.fetch.received import Received
from pixelmill.worker.progress import ProgressReports
from tests.support.wait import wait_until_async


class SlowRedis:
    """Takes reports one at a time, each when the test lets it."""

    def __init__(self) -> None:
        self.asked = 0
        self.taken: list[tuple[Stage, Progress | None]] = []
        self.gate = asyncio.Semaphore(0)

    async def report(self, stage: Stage, progress: Progress | None = None) -> None:
        self.asked += 1
        await self.gate.acquire()
        self.taken.append((stage, progress))

    async def until_asked(self, count: int) -> None:
        async def is_asked() -> bool:
            return self.asked == count

        await wait_until_async(is_asked)


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pixelmill.worker.progress.REPORT_SECONDS", 0.02)


@pytest.fixture
def redis() -> SlowRedis:
    return SlowRedis()


async def test_a_quick_attempt_tells_nothing(redis: SlowRedis, monkeypatch: pytest.MonkeyPatch) -> None:
    """It costs Redis nothing, whatever its stages."""
    monkeypatch.setattr("pixelmill.worker.progress.REPORT_SECONDS", 60)
    async with ProgressReports(redis.report, 1) as progress:
        for stage in (Stage.TRANSFORMING, Stage.STORING):
            progress.enter(stage)
            await asyncio.sleep(0)
    assert redis.asked == 0


async def test_what_has_changed_is_told(redis: SlowRedis) -> None:
    """Bytes, stages and variants, each report as things are then."""
    received = Received(10, 100)
    async with ProgressReports(redis.report, 3) as progress:
        progress.receive(lambda: received)
        await redis.until_asked(1)
        received.bytes = 50
        redis.gate.release()
        await redis.until_asked(2)
        progress.enter(Stage.TRANSFORMING)
        progress.make(2)
        for _ in range(2):
            redis.gate.release()
        await redis.until_asked(3)
    assert redis.taken == [
        (Stage.FETCHING, Progress(fetched_bytes=10, total_bytes=100, variants=3)),
        (Stage.FETCHING, Progress(fetched_bytes=50, total_bytes=100, variants=3)),
        (Stage.TRANSFORMING, Progress(fetched_bytes=50, total_bytes=100, variants_done=2, variants=3)),
    ]


async def test_what_has_not_changed_is_not_told_again(redis: SlowRedis) -> None:
    """An origin that is silent costs nothing."""
    looked = 0

    def received() -> None:
        nonlocal looked
        looked += 1

    async def has_looked_often() -> bool:
        return looked > 5

    redis.gate.release()
    async with ProgressReports(redis.report, 1) as progress:
        progress.receive(received)
        await wait_until_async(has_looked_often)
    assert redis.asked == 1


async def test_a_slow_redis_gets_the_latest(redis: SlowRedis) -> None:
    """The task goes on meanwhile, and what it has passed is left out."""
    async with ProgressReports(redis.report, 1) as progress:
        await redis.until_asked(1)
        progress.enter(Stage.TRANSFORMING)
        progress.enter(Stage.STORING)
        for _ in range(2):
            redis.gate.release()
        await redis.until_asked(2)
    assert [stage for stage, _ in redis.taken] == [Stage.FETCHING, Stage.STORING]


async def test_nothing_follows_the_end(redis: SlowRedis) -> None:
    """A report under way is waited for, and is the last."""
    progress = ProgressReports(redis.report, 1)
    await progress.__aenter__()
    await redis.until_asked(1)
    progress.enter(Stage.STORING)
    ending = asyncio.create_task(progress.__aexit__(None, None, None))
    await asyncio.sleep(0)
    assert not ending.done()
    redis.gate.release()
    await ending
    assert redis.asked == 1
