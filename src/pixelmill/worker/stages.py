"""Tell callers where a task is, without making the task wait for Redis."""

import asyncio

from pixelmill.domain.task import Stage
from pixelmill.queue.consumer import ReportStage


class StageReports:
    """Sends the stages of one attempt in order, in the background. A stage overtaken by the next one is left out.

    Args:
        report: Sends one; never raises.
    """

    def __init__(self, report: ReportStage) -> None:
        self._report = report
        self._latest: Stage | None = None
        self._sending: asyncio.Task[None] | None = None

    def send(self, stage: Stage) -> None:
        """Report a stage soon."""
        self._latest = stage
        if self._sending is None or self._sending.done():
            self._sending = asyncio.create_task(self._send_latest())

    async def settle(self) -> None:
        """Wait for what was sent: the end of a task must not be followed by one of its stages."""
        if self._sending is not None:
            await self._sending

    async def _send_latest(self) -> None:
        while self._latest is not None:
            stage, self._latest = self._latest, None
            await self._report(stage)
