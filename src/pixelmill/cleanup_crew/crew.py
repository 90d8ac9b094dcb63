"""The crew's rounds: wait for the lease, sweep and forget at intervals for as long as it is held."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from time import perf_counter
from typing import Final

import structlog

from pixelmill.cleanup_crew.lease import Lease
from pixelmill.domain.errors import PixelmillError
from pixelmill.expire.old_trail import OldTrail
from pixelmill.expire.sweep import Sweep
from pixelmill.queue.cancellation import cancel
from pixelmill.telemetry import metrics

TRAIL_INTERVAL_SECONDS: Final = 600.0
"""How often old rows of the trail are looked for: they are kept for days."""

LOOK_SECONDS: Final = 1.0
"""How often a crew in reserve looks whether the lease is free."""

_log = structlog.get_logger()


class Crew:
    """Sweeps while it holds the lease. No failure ends it: the next round comes.

    Args:
        sweep: What to do.
        old_trail: What to do now and then.
        lease: Whose turn it is.
        interval_seconds: Pause between two sweeps.
    """

    def __init__(self, sweep: Sweep, old_trail: OldTrail, lease: Lease, interval_seconds: float) -> None:
        self._sweep = sweep
        self._old_trail = old_trail
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
            asyncio.create_task(self._forget_at_intervals(), name="forget old trail"),
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

    async def _forget_at_intervals(self) -> None:
        while True:
            try:
                await self._old_trail.remove(datetime.now(UTC))
            except Exception as error:  # noqa: BLE001 - Postgres is away, or a bug: neither must end the sweeps
                is_bug = not isinstance(error, PixelmillError)
                _log.warning("old_trail_not_removed", error=repr(error), exc_info=is_bug)
            await asyncio.sleep(TRAIL_INTERVAL_SECONDS)

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
