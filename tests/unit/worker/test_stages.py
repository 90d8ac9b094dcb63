"""Stages reach callers in order and never hold up the task."""

import asyncio

from pixelmill.domain.task import Stage
from pixelmill.worker.stages import StageReports


class SlowRedis:
    """Takes reports one at a time, each when the test lets it."""

    def __init__(self) -> None:
        self.taken: list[Stage] = []
        self.gate = asyncio.Semaphore(0)

    async def report(self, stage: Stage) -> None:
        await self.gate.acquire()
        self.taken.append(stage)


async def test_sending_does_not_wait() -> None:
    """The task goes on while Redis is silent; `settle` waits."""
    redis = SlowRedis()
    reports = StageReports(redis.report)
    reports.send(Stage.FETCHING)
    settling = asyncio.create_task(reports.settle())
    await asyncio.sleep(0)
    assert not settling.done()
    redis.gate.release()
    await settling
    assert redis.taken == [Stage.FETCHING]


async def test_a_stage_that_was_overtaken_is_left_out() -> None:
    """Callers never see an old stage after a new one, and a slow Redis gets fewer reports."""
    redis = SlowRedis()
    reports = StageReports(redis.report)
    reports.send(Stage.FETCHING)
    await asyncio.sleep(0)
    reports.send(Stage.TRANSFORMING)
    reports.send(Stage.STORING)
    for _ in range(3):
        redis.gate.release()
    await reports.settle()
    assert redis.taken == [Stage.FETCHING, Stage.STORING]


async def test_stages_apart_are_all_sent() -> None:
    """With a fast Redis each stage is seen."""
    redis = SlowRedis()
    reports = StageReports(redis.report)
    for stage in (Stage.FETCHING, Stage.TRANSFORMING, Stage.STORING):
        redis.gate.release()
        reports.send(stage)
        await reports.settle()
    assert redis.taken == [Stage.FETCHING, Stage.TRANSFORMING, Stage.STORING]


async def test_nothing_sent_settles_at_once() -> None:
    """A task that failed before its first stage has nothing to wait for."""
    await StageReports(SlowRedis().report).settle()
