"""The leases of the tasks a worker runs: kept for as long as they run, and missed soon when they are gone.

BullMQ's worker renews leases by itself, on the clock of the wall, and learns of a lost one only then. Here time is
measured by a clock that does not jump, and looking is cheap enough to be done far more often: taking the lease away is
how a running task is canceled.
"""

import asyncio
from collections.abc import Callable, Iterable
from time import monotonic
from typing import Final

import structlog
from bullmq import Worker
from redis.exceptions import RedisError

RENEWALS_PER_LEASE: Final = 4
"""Three may fail."""

LOOK_SECONDS: Final = 0.5
"""How long a canceled task may go on. Looking is one read of a few keys; renewing them writes to Redis' disk."""

_log = structlog.get_logger()


class Leases:
    """The leases of one BullMQ worker.

    Args:
        worker: Whose jobs they are; its own renewal is off.
        lease_seconds: How long a lease lasts without being renewed.
        on_lost: Told the tokens of leases that are gone, again and again while their jobs go on.
    """

    def __init__(self, worker: Worker, lease_seconds: float, on_lost: Callable[[Iterable[str]], None]) -> None:
        self._worker = worker
        self._lease_milliseconds = round(lease_seconds * 1000)
        self._renew_seconds = lease_seconds / RENEWALS_PER_LEASE
        self._on_lost = on_lost

    async def keep(self) -> None:
        """Keep them until canceled. Redis away: it is asked again; a lease that ends meanwhile is lost."""
        renewed_at = monotonic()
        while True:
            await asyncio.sleep(min(LOOK_SECONDS, self._renew_seconds))
            is_due = monotonic() - renewed_at >= self._renew_seconds
            renewed_at = monotonic() if is_due else renewed_at
            held = [(job.id, token) for job, token in self._worker.jobs]
            try:
                lost = await (self._renew(held) if is_due else self._missing(held)) if held else []
            except (RedisError, OSError) as error:
                _log.warning("leases_not_kept", error=repr(error))
                continue
            self._on_lost(lost)

    async def _renew(self, held: list[tuple[str, str]]) -> list[str]:
        task_ids, tokens = (list(column) for column in zip(*held, strict=True))
        lost = await self._worker.backend.extendLocks(task_ids, tokens, self._lease_milliseconds)
        # Told by task: one that was canceled and submitted again may be here twice, and has one good lease.
        return await self._missing([lease for lease in held if lease[0] in lost]) if lost else []

    async def _missing(self, held: list[tuple[str, str]]) -> list[str]:
        keys = [f"{self._worker.keys['']}{task_id}:lock" for task_id, _ in held]
        found = await self._worker.client.mget(keys)
        return [token for (_, token), there in zip(held, found, strict=True) if there != token]
