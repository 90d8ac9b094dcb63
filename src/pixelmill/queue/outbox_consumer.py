"""Sends what is in the outbox, again and again by its schedule: BullMQ's worker behind our contract."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog
from bullmq import Job, UnrecoverableError, Worker

from pixelmill.domain.webhook import Delivery, DeliveryFailedError, DeliveryRefusedError
from pixelmill.queue.connection import RECONNECT_MILLISECONDS, connect
from pixelmill.queue.engine import PREFIX
from pixelmill.queue.outbox import RETRY_SECONDS, outbox_name
from pixelmill.settings import QueueSettings

CONCURRENCY: Final = 16
"""A receiver that takes its time stops no other."""

Send = Callable[[Delivery], Awaitable[None]]
"""Send a message once. Raises `DeliveryFailedError` or `DeliveryRefusedError` if it was not taken."""

_log = structlog.get_logger()


class OutboxConsumer:
    """Sends messages until it is closed. A message whose sender died is sent by another: receivers see it twice.

    Args:
        settings: Where Redis is, and how long a lease lasts.
        send: Sends one.
    """

    def __init__(self, settings: QueueSettings, send: Send) -> None:
        self._settings = settings
        self._send = send

    async def run(self) -> None:
        """Send until canceled; what is being sent then is given up, and sent by the next one."""
        options = {
            "autorun": False,
            "connection": connect(self._settings.redis_url),
            "prefix": PREFIX,
            "concurrency": CONCURRENCY,
            "lockDuration": round(self._settings.lease_seconds * 1000),
            "stalledInterval": round(self._settings.stalled_interval_seconds * 1000),
            "maxStalledCount": len(RETRY_SECONDS),
            "runRetryDelay": RECONNECT_MILLISECONDS,
            "settings": {"backoffStrategy": _pause_milliseconds},
        }
        worker = Worker(outbox_name(self._settings), self._deliver, options)
        worker.on("error", lambda error, *_: _log.warning("outbox_error", error=repr(error)))
        try:
            for connection in (worker.redisConnection, worker.blockingRedisConnection):
                await connection.getRedisVersion()
            await worker.run()
        finally:
            await asyncio.shield(worker.close(force=True))

    async def _deliver(self, job: Job, _token: str) -> None:
        delivery = Delivery.model_validate(job.data)
        told = {"delivery_id": delivery.delivery_id, "type": delivery.type, "task_id": delivery.task_id}
        try:
            await self._send(delivery)
        except DeliveryRefusedError as error:
            _log.warning("webhook_refused", **told, reason=str(error))
            raise UnrecoverableError(str(error)) from error
        except DeliveryFailedError as error:
            _log.warning("webhook_failed", **told, attempt=job.attemptsMade + 1, reason=str(error))
            raise
        _log.info("webhook_delivered", **told, attempt=job.attemptsMade + 1)


def _pause_milliseconds(failed_attempts: int, _kind: str, error: Exception, _job: Job) -> int:
    scheduled = RETRY_SECONDS[min(failed_attempts, len(RETRY_SECONDS)) - 1]
    asked_for = error.retry_after_seconds if isinstance(error, DeliveryFailedError) else 0
    return max(scheduled, asked_for) * 1000
