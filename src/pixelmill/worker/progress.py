"""Tell callers how far an attempt is: seldom, and never so that the task waits for Redis."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

from pixelmill.domain.task import Progress, Stage
from pixelmill.fetch.received import Received
from pixelmill.queue.consumer import ReportStage

REPORT_SECONDS: Final = 0.25
"""Time between two reports, and before the first. An attempt that ends sooner, as most do, reports nothing: each report
is a write to the disk of Redis, and a reading in every api where somebody waits."""


class ProgressReports:
    """What is told of one attempt. Use as a context manager: when it ends, nothing is told any more.

    Args:
        report: Tells it; never raises.
        variants: How many variants the task makes.
    """

    def __init__(self, report: ReportStage, variants: int) -> None:
        self._report = report
        self._variants = variants
        self._stage = Stage.FETCHING
        self._received: Callable[[], Received | None] = Received
        self._variants_done = 0
        self._over = asyncio.Event()
        self._reporting: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._timer = asyncio.get_running_loop().call_later(REPORT_SECONDS, self._begin)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        self._over.set()
        if self._reporting is not None:
            await self._reporting  # the end of a task must not be followed by a report of its way there

    def enter(self, stage: Stage) -> None:
        """The attempt has got to a stage."""
        self._stage = stage

    def receive(self, received: Callable[[], Received | None]) -> None:
        """The source is coming; `received` tells how much of it has come."""
        self._received = received

    def make(self, variants_done: int) -> None:
        """So many variants are made."""
        self._variants_done = variants_done

    def _begin(self) -> None:
        self._reporting = asyncio.create_task(self._report_changes())

    async def _report_changes(self) -> None:
        told: tuple[Stage, Progress] | None = None
        while not self._over.is_set():
            now = self._stage, self._progress()
            if now != told:
                await self._report(*now)
                told = now
            with suppress(TimeoutError):
                await asyncio.wait_for(self._over.wait(), REPORT_SECONDS)

    def _progress(self) -> Progress:
        received = self._received() or Received()
        return Progress(
            fetched_bytes=received.bytes,
            total_bytes=received.total_bytes,
            variants_done=self._variants_done,
            variants=self._variants,
        )
