"""Which of the crews is at work: the one that holds a lease in Redis.

    pixelmill:cleanup:lease    string, expires after `LEASE_SECONDS`    a token of the crew that holds it

The lease saves work; nothing depends on it. A crew that was stopped for longer than its lease and goes on sweeps beside
the next one for a moment, which does no harm (see `pixelmill.expire.policy`).
"""

import asyncio
from typing import Final

import structlog
from redis.asyncio import Redis
from redis.exceptions import LockError, RedisError

KEY: Final = "pixelmill:cleanup:lease"

LEASE_SECONDS: Final = 15.0
"""How long a crew that was killed keeps the others from working. Longer than a restart of Redis takes."""

RENEWALS_PER_LEASE: Final = 3
"""One may be late and one may fail."""

_log = structlog.get_logger()


class Lease:
    """The lease of one crew.

    Args:
        redis: A client that gives up soon; it stays the caller's to close.
    """

    def __init__(self, redis: Redis) -> None:
        self._lock = redis.lock(KEY, timeout=LEASE_SECONDS, blocking=False)

    async def take(self) -> bool:
        """Take the lease if nobody holds it."""
        try:
            return bool(await self._lock.acquire())
        except RedisError as error:
            _log.warning("lease_unknown", error=type(error).__name__)
            return False

    async def keep(self) -> None:
        """Renew the lease; returns when another crew has it."""
        while True:
            await asyncio.sleep(LEASE_SECONDS / RENEWALS_PER_LEASE)
            try:
                await self._lock.reacquire()
            except LockError:
                _log.warning("lease_lost")
                return
            except RedisError as error:  # the sweep notices too; whether the lease is lost shows when Redis is back
                _log.warning("lease_not_renewed", error=type(error).__name__)

    async def give_back(self) -> None:
        """Let the next crew begin at once. Where Redis does not hear it, it begins when the lease ends."""
        try:
            await self._lock.release()
        except LockError:
            return  # it was lost before
        except RedisError as error:
            _log.warning("lease_not_given_back", error=type(error).__name__)
