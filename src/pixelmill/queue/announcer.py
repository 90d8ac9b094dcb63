"""Who is told of the end of a task, and the telling: a message for each goes to the outbox.

    pixelmill:<queue>:webhooks:<task_id>   set   URLs to tell; expires a day after the longest a task can be pending

A worker announces an end before the task ends in Redis, so that no end goes untold when the worker dies in between.
Announcing an end again is no harm: the messages are the same ones.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

from redis.asyncio import Redis

from pixelmill.domain.errors import FieldError, InvalidRequest
from pixelmill.domain.limits import MAX_WEBHOOKS
from pixelmill.domain.task import Task
from pixelmill.domain.webhook import delivery_of, event_of
from pixelmill.queue.engine import PREFIX, answered
from pixelmill.queue.outbox import Outbox
from pixelmill.settings import QueueSettings

SUBSCRIPTION_LIFE: Final = timedelta(days=8)
"""Dead letters wait for seven days to be requeued."""


class Announcer:
    """Keeps who is to be told, and tells them. Methods raise `QueueUnavailable` if Redis does not answer.

    Args:
        redis: A client of the queue's server; it stays the caller's to close.
        settings: Name of the queue.
        outbox: Takes the messages.
    """

    def __init__(self, redis: Redis, settings: QueueSettings, outbox: Outbox) -> None:
        self._redis = redis
        self._queue_name = settings.name
        self._outbox = outbox

    async def subscribe(self, task_id: str, webhook_url: str) -> None:
        """Have a URL told of the end of a task.

        Raises:
            InvalidRequest: As many others are told as may be.
        """
        key = self._key(task_id)
        async with answered(), self._redis.pipeline(transaction=True) as pipeline:
            pipeline.sadd(key, webhook_url)
            pipeline.expire(key, SUBSCRIPTION_LIFE)
            pipeline.scard(key)
            *_, count = await pipeline.execute()
            if count <= MAX_WEBHOOKS:
                return
            await self._redis.srem(key, webhook_url)
        detail = f"expected at most {MAX_WEBHOOKS} URLs to tell of one task, which equal requests share"
        raise InvalidRequest([FieldError(field="webhook_url", detail=detail)])

    async def announce(self, task: Task) -> None:
        """Tell everybody who asked for it that a task has ended."""
        async with answered():
            webhook_urls = await self._redis.smembers(self._key(task.task_id))
        for webhook_url in webhook_urls:
            await self._outbox.put(delivery_of(event_of(task), str(webhook_url)))

    async def announce_to(self, webhook_url: str, task: Task) -> None:
        """Tell one URL of a task that had ended before it was asked for: once for each time it was."""
        await self._outbox.put(delivery_of(event_of(task), webhook_url, occasion=datetime.now(UTC).isoformat()))

    def _key(self, task_id: str) -> str:
        return f"{PREFIX}:{self._queue_name}:webhooks:{task_id}"
