"""Who submits a task may have a URL told of its end, whenever that comes or came."""

import asyncio
from typing import Final

from pixelmill.domain.errors import FieldError, InvalidRequest, PixelmillError
from pixelmill.queue.announcer import Announcer
from pixelmill.queue.intake import Submission
from pixelmill.queue.task_queue import TaskQueue

SETTLE_SECONDS: Final = 2.0
"""A worker that read whom to tell just before a URL was added has ended the task by then."""


class Subscriber:
    """Adds URLs to those that are told of the end of a task.

    Args:
        queue: Knows how tasks stand.
        announcer: Tells them; None if this service cannot.
    """

    def __init__(self, queue: TaskQueue, announcer: Announcer | None) -> None:
        self._queue = queue
        self._announcer = announcer
        self._checks: set[asyncio.Task[None]] = set()

    async def subscribe(self, task_id: str, webhook_url: str | None) -> None:
        """Before a task is submitted: no end may come between.

        Raises:
            InvalidRequest: Nobody can be told here, or too many are told already.
            QueueUnavailable: Redis does not answer.
        """
        if webhook_url is None:
            return
        if self._announcer is None:
            raise nobody_is_told()
        await self._announcer.subscribe(task_id, webhook_url)

    async def submitted(self, submission: Submission, webhook_url: str | None) -> None:
        """After a task was submitted: tell of an end that had come before, or is just coming."""
        if webhook_url is None or self._announcer is None:
            return
        if submission.outcome == "cached":
            await self._announcer.announce_to(webhook_url, submission.task.model_copy(update={"cached": False}))
        elif submission.outcome == "coalesced":
            check = asyncio.create_task(self._announce_late(self._announcer, submission.task.task_id))
            self._checks.add(check)
            check.add_done_callback(self._checks.discard)

    async def _announce_late(self, announcer: Announcer, task_id: str) -> None:
        await asyncio.sleep(SETTLE_SECONDS)
        try:
            task = await self._queue.get(task_id)
            if task is not None and task.status.is_final:
                await announcer.announce(task)
        except PixelmillError:  # as if the worker had read in time and died: the next submission tells
            return


def nobody_is_told() -> InvalidRequest:
    """What to raise for a webhook where this service has no secret to sign its messages with."""
    return InvalidRequest(
        [FieldError(field="webhook_url", detail="expected none: this service has no secret to sign with")]
    )
