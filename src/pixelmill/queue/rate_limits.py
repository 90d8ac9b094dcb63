"""How many calls each caller has made lately: counted in Redis, for all api processes together.

    pixelmill:rate:<limit>:<caller>           calls in this minute, expires within two
    pixelmill:rate:<limit>:<caller>:before    those in the minute before, expires within one

The counters are those of the library `limits`, whose scripts run here both in one round trip: its own classes take one
to count and another to learn what is left.
"""

import time
from dataclasses import dataclass
from typing import Final

import structlog
from limits.storage import RedisStorage
from redis import BlockingConnectionPool, Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from pixelmill.queue.connection import usable_url
from pixelmill.queue.rate_window import WINDOW_SECONDS, RateWindow
from pixelmill.settings import QueueSettings
from pixelmill.telemetry import metrics

KEY_PREFIX: Final = "pixelmill:rate:"

COUNT_SECONDS: Final = 0.2
"""How long each of connecting and counting may take: what the call wants of Redis has a time of its own besides."""

SILENCE_SECONDS: Final = 1.0
"""How long nobody is counted after Redis did not answer: else every call would wait for it twice."""

CONNECTIONS: Final = 16
"""Of one process."""

_SPEND: Final = RedisStorage.SCRIPT_ACQUIRE_SLIDING_WINDOW.decode()
_LOOK: Final = RedisStorage.SCRIPT_SLIDING_WINDOW.decode()

_log = structlog.get_logger()


@dataclass(frozen=True)
class RateLimit:
    """So many calls of one kind that each caller may make in a minute.

    Attributes:
        name: Of the kind.
        per_minute: At least 1.
    """

    name: str
    per_minute: int


@dataclass(frozen=True)
class Standing:
    """How a caller stands.

    Attributes:
        is_within: Whether the calls were within the limit; if not, they were not counted.
        remaining: Calls that are left.
        reset_seconds: When this minute ends; if they were not within, when the same calls will be.
    """

    is_within: bool
    remaining: int
    reset_seconds: int


class CallCounts:
    """Counts the calls of callers. May be shared by threads; connects when it is first used.

    Args:
        settings: Where Redis is.

    Raises:
        SettingsError: The URL is none of a Redis.
    """

    def __init__(self, settings: QueueSettings) -> None:
        with usable_url():
            pool = BlockingConnectionPool.from_url(
                settings.redis_url,
                max_connections=CONNECTIONS,
                timeout=COUNT_SECONDS,
                socket_connect_timeout=COUNT_SECONDS,
                socket_timeout=COUNT_SECONDS,
                retry=Retry(NoBackoff(), 0),
            )
        self._redis = Redis.from_pool(pool)
        self._silent_until = 0.0

    def spend(self, limit: RateLimit, caller: str, calls: int) -> Standing | None:
        """Count calls, if all of them are within the limit.

        Args:
            limit: Of which kind they are.
            caller: Whose they are.
            calls: How many, no more than the limit.

        Returns:
            None if Redis does not answer: nobody is refused for that.
        """
        if time.monotonic() < self._silent_until:
            metrics.calls_uncounted.inc(calls)
            return None
        try:
            is_within, window = self._count(limit, caller, calls)
        except (RedisError, OSError) as error:
            self._silent_until = time.monotonic() + SILENCE_SECONDS
            metrics.calls_uncounted.inc(calls)
            _log.warning("calls_not_counted", error=repr(error))
            return None
        reset_seconds = window.rest_seconds if is_within else window.seconds_until(limit.per_minute, calls)
        return Standing(is_within, window.remaining(limit.per_minute), max(1, reset_seconds))

    def close(self) -> None:
        """Close the connections."""
        self._redis.close()

    def _count(self, limit: RateLimit, caller: str, calls: int) -> tuple[bool, RateWindow]:
        key = f"{KEY_PREFIX}{limit.name}:{caller}"
        keys = (f"{key}:before", key)
        with self._redis.pipeline(transaction=False) as pipeline:
            pipeline.eval(_SPEND, len(keys), *keys, limit.per_minute, WINDOW_SECONDS, calls)
            pipeline.eval(_LOOK, len(keys), *keys, WINDOW_SECONDS)
            is_within, (before, _, now, expires_milliseconds) = pipeline.execute()
        # A counter is kept for the minute after its own, too.
        rest_milliseconds = int(expires_milliseconds) - WINDOW_SECONDS * 1000
        return bool(is_within), RateWindow(int(before or 0), int(now or 0), rest_milliseconds)
