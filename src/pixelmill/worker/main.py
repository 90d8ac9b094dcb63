"""The worker's composition root: settings are read, the parts are made and bound, tasks are taken until a signal."""

import asyncio
import signal
from contextlib import AsyncExitStack
from functools import partial
from typing import Final

import structlog

from pixelmill.audit.stream import AuditStream
from pixelmill.audit.writer import TrailWriter
from pixelmill.domain.errors import TransformCrashed
from pixelmill.fetch.bucket_fetcher import BucketFetcher
from pixelmill.fetch.cached_fetch import CachedFetch
from pixelmill.fetch.fetcher import Fetcher
from pixelmill.fetch.host_turns import HostTurns
from pixelmill.fetch.origins import Origins
from pixelmill.fetch.shared_fetch import SharedFetch
from pixelmill.fetch.source_cache import SourceCache
from pixelmill.fetch.source_index import SourceIndex
from pixelmill.queue.connection import connect, connect_for_requests
from pixelmill.queue.consumer import Consumer
from pixelmill.settings import Settings
from pixelmill.store.source_buckets import SourceBuckets
from pixelmill.store.source_shelf import SourceShelf
from pixelmill.store.store import Store
from pixelmill.telemetry.endpoint import Check, serve_endpoint
from pixelmill.telemetry.role import run_role
from pixelmill.transform.sandbox import Sandbox
from pixelmill.worker.background import in_background
from pixelmill.worker.endings import Endings
from pixelmill.worker.pipeline import Pipeline
from pixelmill.worker.scratch import Scratch
from pixelmill.worker.store_patience import StorePatience
from pixelmill.worker.task_runner import TaskRunner
from pixelmill.worker.webhooks import webhooks

ROLE: Final = "worker"

WAITING_SHARE: Final = 4
"""One in so many places of the worker may be held by tasks that wait for a source somebody else downloads."""

_log = structlog.get_logger()


def main() -> None:
    """Run a worker until it is told to stop; what keeps it from running ends it with one sentence."""
    run_role(ROLE, run_worker)


async def run_worker(settings: Settings) -> None:
    """Take tasks until SIGTERM or SIGINT; then finish those that run, within the grace of the settings.

    Raises:
        PixelmillError: Redis, the store or the sandbox is not there.
        SettingsError: A setting cannot be used.
        OSError: The port is taken, or there is no room for scratch.
    """
    async with AsyncExitStack() as parts:
        scratch = parts.enter_context(Scratch(settings.worker.scratch_dir))
        store = Store.open(settings.store)
        fetch = await _open_fetch(parts, settings, scratch, store)
        sandbox = await parts.enter_async_context(Sandbox(settings.transform, scratch.path))
        _log.info("sandbox_started", **{layer.name.name.lower(): str(layer) for layer in sandbox.layers})

        redis = connect(settings.queue.redis_url)
        parts.push_async_callback(redis.aclose)
        writer = TrailWriter(redis, settings.audit)
        await parts.enter_async_context(in_background("trail_writer", writer.run))

        announcer = await parts.enter_async_context(webhooks(settings, redis)) if settings.webhook.secrets else None
        endings = Endings(AuditStream(redis, settings.audit), settings.result, announcer)
        patience = StorePatience()
        runner = TaskRunner(Pipeline(fetch, sandbox, store, scratch), endings, patience)
        consumer = Consumer(
            settings.queue,
            settings.result,
            runner.process,
            endings.lost,
            concurrency=settings.worker.concurrency,
            is_holding=lambda: patience.is_holding,
        )
        checks: dict[str, Check] = {
            "queue": redis.ping,
            "sandbox": partial(_check_children, sandbox),
            "store": store.probe,
        }
        await parts.enter_async_context(serve_endpoint(settings.worker.host, settings.worker.port, checks))
        await _consume(consumer, settings.worker.grace_seconds)


async def _open_fetch(parts: AsyncExitStack, settings: Settings, scratch: Scratch, store: Store) -> SharedFetch:
    """Bind what brings sources: shared in this worker, kept and shared in the cluster, from the web."""
    redis = connect_for_requests(settings.queue.redis_url)
    parts.push_async_callback(redis.aclose)
    downloads = parts.enter_context(scratch.folder("downloads"))
    turns = HostTurns(settings.fetch.host_concurrency, seats=max(1, settings.worker.concurrency // WAITING_SHARE))
    fetcher = await parts.enter_async_context(Fetcher(settings.fetch))
    index = SourceIndex(redis, settings.fetch.cache_bytes)
    cache = SourceCache(SourceShelf(store), index, settings.fetch)
    origins = Origins(fetcher, BucketFetcher(settings.fetch, SourceBuckets(settings.fetch)))
    cached = CachedFetch(origins, index, cache, turns, settings.result.failure_life_seconds)
    return SharedFetch(await parts.enter_async_context(cached), turns, downloads)


async def _check_children(sandbox: Sandbox) -> None:
    if not sandbox.has_children:
        raise TransformCrashed


async def _consume(consumer: Consumer, grace_seconds: float) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    consuming = asyncio.create_task(consumer.run())
    stopping = asyncio.create_task(stop.wait())
    _log.info("worker_started")
    await asyncio.wait({consuming, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not consuming.done():
        _log.info("worker_stopping", grace_seconds=grace_seconds)
        await consumer.close(grace_seconds)
    await consuming
    _log.info("worker_stopped")


if __name__ == "__main__":
    main()
