"""The outbox: messages that wait to be sent, in a BullMQ queue of their own, and those that were.

A message is put in before its task ends in Redis, so that no end goes untold; the same message is put in once, whoever
does it.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from bullmq import Job, Queue

from pixelmill.domain.webhook import Delivery, DeliveryStatus, ShownDelivery
from pixelmill.queue.connection import connect_for_requests
from pixelmill.queue.engine import PREFIX, answered
from pixelmill.settings import QueueSettings

RETRY_SECONDS: Final = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""Pauses between the attempts, 3 days in all: the schedule that the Standard Webhooks specification proposes."""

KEPT: Final = {"age": 7 * 24 * 3600, "count": 10_000}
"""How long messages that were sent or given up are kept, in seconds, and how many of each."""

_WAITING: Final = ("active", "delayed", "wait", "prioritized")
_ENDED: Final = {"completed": DeliveryStatus.DELIVERED, "failed": DeliveryStatus.FAILED}


def outbox_name(settings: QueueSettings) -> str:
    """Name of the BullMQ queue."""
    return f"{settings.name}-outbox"


class Outbox:
    """Puts messages in, shows them, has them sent again. Methods raise `QueueUnavailable` if Redis does not answer.

    Args:
        settings: Where Redis is.
    """

    def __init__(self, settings: QueueSettings) -> None:
        client = connect_for_requests(settings.redis_url)
        self._queue = Queue(outbox_name(settings), {"connection": client, "prefix": PREFIX})

    async def put(self, delivery: Delivery) -> None:
        """Have a message sent. Nothing happens if it is, or was, in the outbox already."""
        options = {
            "jobId": delivery.delivery_id,
            "attempts": len(RETRY_SECONDS) + 1,
            "backoff": {"type": "scheduled"},
            "removeOnComplete": KEPT,
            "removeOnFail": KEPT,
            "stackTraceLimit": 0,
        }
        async with answered():
            await self._queue.add("delivery", delivery.model_dump(mode="json"), options)

    async def newest(self, limit: int) -> list[ShownDelivery]:
        """The newest messages, at most `limit` of those that wait and of either end."""
        async with answered():
            # In this order: a message that ends meanwhile is met twice, not never, and shown as ended.
            jobs = [(DeliveryStatus.PENDING, job) for job in await self._queue.getJobs(list(_WAITING), 0, limit - 1)]
            for state, status in _ENDED.items():
                jobs += [(status, job) for job in await self._queue.getJobs([state], 0, limit - 1)]
        shown = {job.id: _shown(job, status) for status, job in jobs}
        return sorted(shown.values(), key=lambda each: each.created_at, reverse=True)[:limit]

    async def send_again(self, delivery_id: str) -> bool:
        """Have a message that was sent or given up sent once more, from the start of the schedule.

        Returns:
            False if there is no such message, or it waits to be sent anyway.
        """
        async with answered():
            job = await Job.fromId(self._queue, delivery_id)
            state = await job.getState() if job else "unknown"
            if job is None or state not in _ENDED:
                return False
            await job.retry(state, {"resetAttemptsMade": True, "resetAttemptsStarted": True})
            return True

    async def close(self) -> None:
        """Close the connections."""
        await self._queue.close()


def _shown(job: Job, status: DeliveryStatus) -> ShownDelivery:
    delivery = Delivery.model_validate(job.data)
    return ShownDelivery(
        **delivery.model_dump(exclude={"body"}),
        status=status,
        attempts=job.attemptsStarted,
        error=None if status is DeliveryStatus.DELIVERED else job.failedReason,
        next_attempt_at=_next_attempt_at(job) if status is DeliveryStatus.PENDING else None,
    )


def _next_attempt_at(job: Any) -> datetime:  # noqa: ANN401 - BullMQ has no types
    since = datetime.fromtimestamp((job.processedOn or job.timestamp) / 1000, UTC)
    return since + timedelta(milliseconds=job.delay)
