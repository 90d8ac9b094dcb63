"""Bulk tasks move, however many interactive ones come: some takes are theirs.

BullMQ takes jobs strictly by priority: under a steady load of interactive tasks a bulk task would wait for ever. Its
scores could age instead; but they are made anew in five of its scripts, whenever a task is retried or handed back.
"""

from typing import Final

import structlog
from bullmq import Worker
from redis.exceptions import RedisError

from pixelmill.domain.task import Priority
from pixelmill.queue.engine import PRIORITY_NUMBERS, PRIORITY_SCORE

TAKES_PER_BULK_TAKE: Final = 10
"""A tenth of what a worker does is enough for a backlog to end, and little enough for nobody to notice."""

_LIFT: Final = """
local oldest = redis.call("ZRANGEBYSCORE", KEYS[1], ARGV[1], "+inf", "LIMIT", 0, 1)
if oldest[1] then redis.call("ZADD", KEYS[1], "XX", 0, oldest[1]) end
"""
"""Put the bulk job that waits longest before all others. KEYS: the prioritized set. ARGV: the lowest score of bulk."""

_log = structlog.get_logger()


class BulkShare:
    """Counts what one worker takes.

    Args:
        worker: BullMQ's worker.
    """

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._takes = 0

    async def before_take(self) -> None:
        """If this take is a bulk task's, put one first; it is taken next, by whichever worker."""
        if (self._takes + 1) % TAKES_PER_BULK_TAKE:
            return
        key = f"{self._worker.keys['']}prioritized"
        try:
            await self._worker.client.eval(_LIFT, 1, key, PRIORITY_NUMBERS[Priority.BULK] * PRIORITY_SCORE)
        except (RedisError, OSError) as error:  # the next share comes soon
            _log.warning("bulk_share_missed", error=repr(error))

    def after_take(self) -> None:
        """A task was taken."""
        self._takes += 1
