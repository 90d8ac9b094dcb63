"""Webhooks: what is sent to a URL when a task has ended, and how the sending stands. As Standard Webhooks has it."""

import base64
import hashlib
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from pixelmill.domain.limits import MAX_WEBHOOK_URL_CHARACTERS
from pixelmill.domain.task import Status, Task, TaskId
from pixelmill.domain.url import normalize_url

DELIVERY_ID_PATTERN: Final = r"^msg_[0-9a-f]{32}$"

WebhookUrl = Annotated[str, Field(max_length=MAX_WEBHOOK_URL_CHARACTERS), AfterValidator(normalize_url)]
"""Where messages are sent; normalized, so that what is judged is what is dialed."""

SECRET_BYTES: Final = range(24, 65)
"""By the Standard Webhooks specification."""

EventType = Literal["task.completed", "task.failed", "task.canceled", "webhook.test"]

_TYPES: Final[dict[Status, EventType]] = {
    Status.COMPLETED: "task.completed",
    Status.FAILED: "task.failed",
    Status.CANCELED: "task.canceled",
}
_ESSENCE: Final = {"task_id", "status", "queued_at", "result", "error"}
"""What makes two ends of a task different ones; whoever tells of the same end, at whatever time, tells the same."""


def is_webhook_secret(text: str) -> bool:
    """Whether messages can be signed with it: base64 of 24 to 64 bytes, after `whsec_`."""
    try:
        return len(base64.b64decode(text.removeprefix("whsec_"), validate=True)) in SECRET_BYTES
    except ValueError:
        return False


class Event(BaseModel):
    """The body of a message."""

    model_config = ConfigDict(frozen=True)

    type: EventType
    timestamp: datetime = Field(description="When it happened.")
    data: Task | None = Field(default=None, description="The task, as everywhere; null in a test.")


class Delivery(BaseModel):
    """One message to one URL, as it waits to be sent.

    `delivery_id` stays the same however often it is sent: receivers know by it what they have seen.
    """

    model_config = ConfigDict(frozen=True)

    delivery_id: str = Field(pattern=DELIVERY_ID_PATTERN)
    webhook_url: str
    type: EventType
    task_id: TaskId | None
    body: str
    created_at: datetime


class DeliveryStatus(StrEnum):
    """How the sending of a message stands."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


class ShownDelivery(BaseModel):
    """A delivery as the operator sees it."""

    model_config = ConfigDict(frozen=True)

    delivery_id: str
    webhook_url: str
    type: EventType
    task_id: TaskId | None
    status: DeliveryStatus
    attempts: int = Field(description="How often it was sent.")
    error: str | None = Field(default=None, description="Why the last attempt failed.")
    created_at: datetime
    next_attempt_at: datetime | None = Field(default=None, description="When it is sent again; null if it is not.")


class DeliveryFailedError(Exception):
    """The receiver did not take a message; it is sent again.

    Args:
        reason: What happened, in words the operator reads.
        retry_after_seconds: What the receiver asked for, if it did.
    """

    def __init__(self, reason: str, retry_after_seconds: int = 0) -> None:
        self.retry_after_seconds = retry_after_seconds
        super().__init__(reason)


class DeliveryRefusedError(Exception):
    """The receiver will never take a message, or must not be sent any.

    Args:
        reason: What happened, in words the operator reads.
    """


def delivery_of(event: Event, webhook_url: str, *, occasion: str = "") -> Delivery:
    """The message that tells a URL of an event.

    Args:
        event: What happened.
        webhook_url: Who is told.
        occasion: Tells apart messages of one event to one URL; with the same occasion they are the same message.
    """
    essence = event.model_dump_json(include={"type": True, "data": _ESSENCE})
    digest = hashlib.sha256(f"{webhook_url}\n{occasion}\n{essence}".encode()).hexdigest()
    return Delivery(
        delivery_id=f"msg_{digest[:32]}",
        webhook_url=webhook_url,
        type=event.type,
        task_id=event.data.task_id if event.data else None,
        body=event.model_dump_json(),
        created_at=event.timestamp,
    )


def event_of(task: Task) -> Event:
    """The event that a task has ended.

    Raises:
        ValueError: It has not.
    """
    if task.finished_at is None:
        raise ValueError("a task that has not ended is no event")
    return Event(type=_TYPES[task.status], timestamp=task.finished_at, data=task)
