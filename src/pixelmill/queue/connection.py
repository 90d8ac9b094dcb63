"""Redis clients, tuned for what BullMQ does with them.

redis-py's defaults do not fit: a 5 s socket time-out cuts BullMQ's blocking reads of 5 and 10 s short, and a pool of
100 connections that raises when it is empty starves under a burst of submissions.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff

from pixelmill.settings import SettingsError

POOL_CONNECTIONS: Final = 32
"""A connection costs Redis about 20 kB; more than this run no faster against its single thread."""

BLOCKING_READ_SECONDS: Final = 30
"""Longer than any blocking read: BullMQ's last 5 s (a worker's) and 10 s (the events')."""

PATIENT_RETRIES: Final = 30
"""With pauses of up to 0.5 s, about 14 s."""

RECONNECT_MILLISECONDS: Final = 500
"""Pause of a BullMQ worker after its client has given up. BullMQ's default is 15 s."""

ANSWER_SECONDS: Final = 1.5
"""How long a request waits for Redis before it is told that the queue is unavailable."""


def connect(redis_url: str) -> Redis:
    """A patient client, for roles that have nothing to do without Redis: it outlasts a restart of about 14 s.

    Every BullMQ object needs one of its own, because closing the object closes its client.

    Raises:
        SettingsError: The URL is none of a Redis.
    """
    return _client(redis_url, Retry(ExponentialBackoff(cap=0.5, base=0.05), PATIENT_RETRIES), BLOCKING_READ_SECONDS)


def connect_for_requests(redis_url: str) -> Redis:
    """A client for what somebody waits for: it rides out a quick restart, and gives up after `ANSWER_SECONDS`.

    Raises:
        SettingsError: The URL is none of a Redis.
    """
    return _client(redis_url, Retry(ExponentialBackoff(cap=0.25, base=0.05), 6), ANSWER_SECONDS)


@contextmanager
def usable_url() -> Iterator[None]:
    """Say which setting is wrong when a URL is none of a Redis."""
    try:
        yield
    except ValueError:  # not repeated: the URL may hold a password
        raise SettingsError("REDIS_URL: expected redis://host:port/0, rediss:// or unix:///path") from None


def _client(redis_url: str, retry: Retry, answer_seconds: float) -> Redis:
    with usable_url():
        pool = BlockingConnectionPool.from_url(
            redis_url,
            max_connections=POOL_CONNECTIONS,
            timeout=answer_seconds,
            decode_responses=True,
            socket_connect_timeout=ANSWER_SECONDS,
            socket_timeout=answer_seconds,
            retry=retry,
        )
    return Redis.from_pool(pool)
