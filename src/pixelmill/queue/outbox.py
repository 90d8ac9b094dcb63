"""The outbox: messages that wait to be sent, in a BullMQ queue of their own, and those that were.

A message is put in before its task ends in Redis, so that no end goes untold; the same message is put in once, whoever
does it.
"""

from collections.abc import Sequence
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

MAX_LOOKED_AT: Final = 10_000
"""Messages of each state that are looked at for those of one task: all that ended."""

_STATES: Final = {
    DeliveryStatus.PENDING: ("active", "delayed", "wait", "prioritized"),
    DeliveryStatus.DELIVERED: ("completed",),
    DeliveryStatus.FAILED: ("failed",),
}
"""In this order: a message that ends meanwhile is met twice, not never, and shown as ended."""

_ENDED: Final = {"completed", "failed"}

_OF_TASK: Final = """
local found = {}
for _, key in ipairs(KEYS) do
  local left = tonumber(ARGV[4])
  local is_list = redis.call("TYPE", key).ok == "list"
  for _, id in ipairs(redis.call(is_list and "LRANGE" or "ZREVRANGE", key, 0, ARGV[3] - 1)) do
    local job = ARGV[1] .. id
    if redis.call("HGET", job, "name") == ARGV[2] then
      found[#found + 1] = {id, redis.call("HGETALL", job)}
      left = left - 1
      if left == 0 then break end
    end
  end
end
return found
"""
"""The jobs of some states that have a name.

KEYS: the sets and lists of the states. ARGV: prefix of a job's key; the name; most jobs of each state that are looked
at, and that are returned.
"""


def outbox_name(settings: QueueSettings) -> str:
    """Name of the BullMQ queue."""
    return f"{settings.name}-outbox"


class Outbox:
    """Puts messages in, shows them, has them sent again. Methods raise `QueueUnavailable` if Redis does not answer.

    Args:
        settings: Where Redis is.
    """

    def __init__(self, settings: QueueSettings) -> None:
        self._client = connect_for_requests(settings.redis_url)
        self._queue = Queue(outbox_name(settings), {"connection": self._client, "prefix": PREFIX})

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
            name = delivery.task_id or delivery.type  # found by it: looking into the data takes three times as long
            await self._queue.add(name, delivery.model_dump(mode="json"), options)

    async def newest(
        self, limit: int, *, status: DeliveryStatus | None = None, task_id: str | None = None
    ) -> list[ShownDelivery]:
        """The newest messages, at most `limit` of those that wait and of either end.

        Args:
            limit: Most messages.
            status: Only those that stand so.
            task_id: Only those that tell of this task.
        """
        shown: dict[str, ShownDelivery] = {}
        async with answered():
            for each, states in _STATES.items():
                if status in {None, each}:
                    jobs = await (self._of_task(task_id, limit, states) if task_id else self._newest(limit, states))
                    shown |= {job.id: _shown(job, each) for job in jobs}
        return sorted(shown.values(), key=lambda each: each.created_at, reverse=True)[:limit]

    async def _newest(self, limit: int, states: Sequence[str]) -> list[Job]:
        jobs: list[Job] = await self._queue.getJobs(list(states), 0, limit - 1)
        return jobs

    async def _of_task(self, task_id: str, limit: int, states: Sequence[str]) -> list[Job]:
        keys = [self._queue.toKey(state) for state in states]
        arguments = [self._queue.toKey(""), task_id, str(MAX_LOOKED_AT), str(limit)]
        found = await self._client.eval(_OF_TASK, len(keys), *keys, *arguments)
        return [
            Job.fromJSON(self._queue, dict(zip(fields[::2], fields[1::2], strict=True)), job_id)
            for job_id, fields in found
        ]

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
