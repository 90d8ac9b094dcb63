"""The crew's rounds: wait for the lease, sweep at intervals for as long as it is held."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from time import perf_counter
from typing import Final

import structlog

from pixelmill.cleanup_crew.lease import Lease
from pixelmill.domain.errors import PixelmillError
from pixelmill.expire.sweep import Sweep
from pixelmill.queue.cancellation import cancel
from pixelmill.telemetry import metrics

LOOK_SECONDS: Final = 1.0
"""How often a crew in reserve looks whether the lease is free."""

_log = structlog.get_logger()


class Crew:
    """Sweeps while it holds the lease. No failure ends it: the next round comes.

    Args:
        sweep: What to do.
        lease: Whose turn it is.
        interval_seconds: Pause between two sweeps.
    """

    def __init__(self, sweep: Sweep, lease: Lease, interval_seconds: float) -> None:
        self._sweep = sweep
        self._lease = lease
        self._interval_seconds = interval_seconds

    async def run(self, stop: asyncio.Event) -> None:
        """Take turns with other crews until `stop` is set; a sweep that runs then is broken off."""
        while not stop.is_set():
            if await self._lease.take():
                await self._lead(stop)
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await stop.wait()

    async def _lead(self, stop: asyncio.Event) -> None:
        _log.info("crew_leads")
        ends = [
            asyncio.create_task(self._sweep_at_intervals(), name="sweep"),
            asyncio.create_task(self._lease.keep(), name="keep lease"),
            asyncio.create_task(stop.wait(), name="stop"),
        ]
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        for end in ends:
            await cancel(end)
        await self._lease.give_back()

    async def _sweep_at_intervals(self) -> None:
        while True:
            await self._sweep_once()
            await asyncio.sleep(self._interval_seconds)

    async def _sweep_once(self) -> None:
        started_at = perf_counter()
        try:
            swept = await self._sweep.run(datetime.now(UTC))
        except Exception as error:  # noqa: BLE001 - a bug met in one round must not end all expiry
            _log.error("sweep_failed", error=repr(error), exc_info=not isinstance(error, PixelmillError))
            metrics.sweeps.labels("failed").inc()
            return
        seconds = perf_counter() - started_at
        metrics.sweeps.labels("completed").inc()
        metrics.sweep_seconds.observe(seconds)
        metrics.last_sweep_timestamp.set_to_current_time()
        if swept.tasks or swept.files:
            _log.info("swept", tasks=swept.tasks, files=swept.files, bytes=swept.size_bytes, seconds=round(seconds, 3))
