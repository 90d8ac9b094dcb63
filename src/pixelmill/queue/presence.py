"""Which workers are alive: each says so again and again, and is forgotten soon after it stops.

    pixelmill:workers:<queue>    sorted set, expires with its last entry    `<worker>:<concurrency>` by its end in ms

The clock is that of Redis alone. What Redis knows of connections (`CLIENT LIST`) would be free, but not every hosted
Redis tells it, and a machine that vanished is in it for as long as TCP hopes.
"""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import structlog
from redis.asyncio import Redis

from pixelmill.domain.errors import QueueUnavailable
from pixelmill.domain.overview import Workers
from pixelmill.queue.cancellation import cancel
from pixelmill.queue.connection import connect_for_requests
from pixelmill.queue.engine import Engine, answered
from pixelmill.settings import QueueSettings

PREFIX: Final = "pixelmill:workers:"

RENEWALS_PER_LEASE: Final = 4
"""Three may fail."""

_NOW: Final = """
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)
"""

_RENEW: Final = f"""{_NOW}
redis.call("ZREMRANGEBYSCORE", KEYS[1], "-inf", now)
redis.call("ZADD", KEYS[1], now + ARGV[2], ARGV[1])
if redis.call("PTTL", KEYS[1]) < tonumber(ARGV[2]) then redis.call("PEXPIRE", KEYS[1], ARGV[2]) end
"""
"""Keep one entry, and drop those that are over. KEYS: the set. ARGV: the entry; how long it lasts, in ms."""

_ALIVE: Final = f"""{_NOW}
return redis.call("ZRANGEBYSCORE", KEYS[1], "(" .. now, "+inf")
"""
"""The entries that are not over. KEYS: the set."""

_log = structlog.get_logger()


@asynccontextmanager
async def present(settings: QueueSettings, concurrency: int) -> AsyncIterator[None]:
    """Have a worker counted for as long as the context lasts. Nothing depends on it: Redis away is logged only.

    Args:
        settings: Where Redis is, and how long a silent worker is counted.
        concurrency: Tasks it may have in flight.
    """
    redis = connect_for_requests(settings.redis_url)
    key, entry = _key(settings.name), f"{uuid.uuid4().hex}:{concurrency}"
    renewing = asyncio.create_task(_keep(redis, key, entry, settings.lease_seconds), name="presence")
    try:
        yield
    finally:
        await cancel(renewing)
        await _leave(redis, key, entry)
        await redis.aclose()


async def count_workers(engine: Engine) -> Workers:
    """Count the workers that are alive."""
    key = _key(engine.queue.name)
    (entries,) = await engine.transact(lambda pipeline: pipeline.eval(_ALIVE, 1, key))
    return Workers(alive=len(entries), concurrency=sum(int(entry.rpartition(":")[2]) for entry in entries))


async def _keep(redis: Redis, key: str, entry: str, lease_seconds: float) -> None:
    while True:
        try:
            async with answered():
                await redis.eval(_RENEW, 1, key, entry, str(round(lease_seconds * 1000)))
        except QueueUnavailable as error:
            _log.warning("presence_not_renewed", error=repr(error.__cause__))
        await asyncio.sleep(lease_seconds / RENEWALS_PER_LEASE)


async def _leave(redis: Redis, key: str, entry: str) -> None:
    try:
        async with answered():
            await redis.zrem(key, entry)
    except QueueUnavailable as error:  # it is forgotten by itself
        _log.warning("presence_not_ended", error=repr(error.__cause__))


def _key(queue_name: str) -> str:
    return f"{PREFIX}{queue_name}"
