"""The crew's composition root: settings are read, the parts are made and bound, rounds are made until a signal."""

import asyncio
import signal
from contextlib import AsyncExitStack
from typing import Final

import structlog

from pixelmill.audit.retention import TrailRetention
from pixelmill.audit.stream import TrailJournal
from pixelmill.cleanup_crew.crew import Crew
from pixelmill.cleanup_crew.lease import Lease
from pixelmill.expire.old_trail import OldTrail
from pixelmill.expire.source_sweep import SourceSweep
from pixelmill.expire.sweep import Sweep
from pixelmill.fetch.source_index import SourceIndex
from pixelmill.queue.connection import connect_for_requests
from pixelmill.queue.task_queue import TaskQueue
from pixelmill.settings import Settings
from pixelmill.store.store import Store
from pixelmill.telemetry.endpoint import serve_endpoint
from pixelmill.telemetry.role import run_role

ROLE: Final = "cleanup_crew"

_log = structlog.get_logger()


def main() -> None:
    """Run a crew until it is told to stop; what keeps it from starting ends it with one sentence."""
    run_role(ROLE, run_crew)


async def run_crew(settings: Settings) -> None:
    """Make rounds until SIGTERM or SIGINT.

    Raises:
        StoreUnavailable: The store is not there.
        SettingsError: A setting cannot be used.
        OSError: The port is taken.
    """
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with AsyncExitStack() as parts:
        store = Store.open(settings.store)
        queue = TaskQueue(settings.queue, settings.result, TrailJournal(settings.audit))
        parts.push_async_callback(queue.close)
        redis = connect_for_requests(settings.queue.redis_url)
        parts.push_async_callback(redis.aclose)
        checks = {"queue": queue.ping, "store": store.probe}
        await parts.enter_async_context(serve_endpoint(settings.cleanup.host, settings.cleanup.port, checks))
        _log.info("crew_started")
        index = SourceIndex(redis, settings.fetch.cache_bytes)
        sources = SourceSweep(store, index, settings.fetch, settings.result)
        sweep = Sweep(store, queue, settings.result, sources)
        retention = TrailRetention(settings.audit)
        parts.callback(retention.close)
        old_trail = OldTrail(retention, settings.audit)
        await Crew(sweep, old_trail, Lease(redis), settings.cleanup.interval_seconds).run(stop)
    _log.info("crew_stopped")


if __name__ == "__main__":
    main()
