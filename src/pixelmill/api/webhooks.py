"""The outbox as the threads that answer requests use it."""

from datetime import UTC, datetime

from pixelmill.api.tasks import CALL_SECONDS
from pixelmill.domain.webhook import Delivery, DeliveryStatus, Event, ShownDelivery, delivery_of
from pixelmill.queue.blocking import QueueThread
from pixelmill.queue.outbox import Outbox


class Webhooks:
    """Shows messages and has them sent. Methods raise `QueueUnavailable` when Redis does not answer.

    Args:
        thread: Runs the coroutines of the outbox.
        outbox: Has the messages.
        can_sign: Whether this service has a secret to sign them with.
    """

    def __init__(self, thread: QueueThread, outbox: Outbox, *, can_sign: bool) -> None:
        self._thread = thread
        self._outbox = outbox
        self.can_sign = can_sign

    def newest(self, limit: int, status: DeliveryStatus | None, task_id: str | None) -> list[ShownDelivery]:
        """The newest messages that match; see `Outbox.newest`."""
        return self._thread.call(self._outbox.newest(limit, status=status, task_id=task_id), CALL_SECONDS)

    def send_again(self, delivery_id: str) -> bool:
        """Have a message sent once more; see `Outbox.send_again`."""
        return self._thread.call(self._outbox.send_again(delivery_id), CALL_SECONDS)

    def test(self, webhook_url: str) -> Delivery:
        """Have a message sent that says nothing, to see whether it arrives."""
        now = datetime.now(UTC)
        delivery = delivery_of(Event(type="webhook.test", timestamp=now), webhook_url, occasion=now.isoformat())
        self._thread.call(self._outbox.put(delivery), CALL_SECONDS)
        return delivery
