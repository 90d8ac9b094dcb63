"""Wait for tasks to change: one reader of the queue's events per process, fanned out to all who wait."""

import asyncio
import contextlib
import functools
from collections.abc import AsyncIterator, Iterable
from typing import Any, Final, Literal

import structlog
from bullmq import QueueEvents
from redis.asyncio import Redis
from redis.exceptions import RedisError

from pixelmill.domain.task import Task
from pixelmill.queue.cancellation import cancel
from pixelmill.queue.connection import connect
from pixelmill.queue.engine import PREFIX
from pixelmill.queue.task_queue import TaskQueue
from pixelmill.queue.topic import Tell, Topic
from pixelmill.settings import QueueSettings

Until = Literal["change", "final"]

RECONNECT_SECONDS: Final = 0.5
"""Pause before a new reader, after the client of the last one had given up."""

FINAL_EVENTS: Final = ("completed", "failed", "removed")
CHANGE_EVENTS: Final = ("active", "progress", "delayed", "waiting", *FINAL_EVENTS)

_log = structlog.get_logger()


class Watcher:
    """Lets any number of callers wait for tasks without polling.

    Everybody who waits for the same task shares one read of its state per event. An event only says that a state has
    to be read; so nothing is lost when some are missed, if every state is read again after a gap.

    Args:
        settings: Where Redis is.
        queue: Where the state is read after an event.
    """

    def __init__(self, settings: QueueSettings, queue: TaskQueue) -> None:
        self._settings = settings
        self._queue = queue
        self._topics: dict[tuple[str, Until], Topic] = {}
        self._reader: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start reading events. Returns at once; a Redis that is down is waited for."""
        if self._reader is None:
            self._reader = asyncio.create_task(self._read_forever(), name="queue-events")

    async def wait(self, task_id: str, known: Task, until: Until, timeout_seconds: float) -> Task | None:
        """Wait until the task differs from `known` (`change`) or has ended (`final`), at most `timeout_seconds`.

        Returns:
            The task as it is then, changed or not; None if it is gone. Restarts of Redis are waited out.

        Raises:
            QueueUnavailable: Redis does not answer when the time is up.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_seconds), self._subscribed(task_id, until) as topic:
                number = topic.number
                while True:
                    news = await topic.news(after=number)
                    if news.task is None or _is_awaited(news.task, known, until):
                        return news.task
                    number = news.number
        return await self._queue.get(task_id)

    async def follow(self, task_ids: Iterable[str], tell: Tell) -> None:
        """Tell how tasks stand, now and after each change, until `unfollow`. Restarts of Redis are waited out.

        The same state may be told twice.
        """
        for task_id in task_ids:
            topic = self._topic(task_id, "change")
            topic.listeners.add(tell)
            topic.refresh()

    async def unfollow(self, task_ids: Iterable[str], tell: Tell) -> None:
        """Tell no more of these tasks."""
        for task_id in task_ids:
            self._topic(task_id, "change").listeners.discard(tell)
            self._drop_unwanted(task_id, "change")

    async def close(self) -> None:
        """Stop reading. Those who still wait get no more news before their time is up."""
        if self._reader is not None:
            await cancel(self._reader)
            self._reader = None

    @contextlib.asynccontextmanager
    async def _subscribed(self, task_id: str, until: Until) -> AsyncIterator[Topic]:
        topic = self._topic(task_id, until)
        topic.waiters += 1
        topic.refresh()  # it may have changed since the caller has read it
        try:
            yield topic
        finally:
            topic.waiters -= 1
            self._drop_unwanted(task_id, until)

    def _topic(self, task_id: str, until: Until) -> Topic:
        key = (task_id, until)
        if key not in self._topics:
            self._topics[key] = Topic(task_id, self._queue.get)
        return self._topics[key]

    def _drop_unwanted(self, task_id: str, until: Until) -> None:
        if not self._topic(task_id, until).is_wanted:
            self._topics.pop((task_id, until)).close()

    def _refresh(self, kinds: tuple[Until, ...], event: dict[str, Any], _event_id: str) -> None:
        for until in kinds:
            topic = self._topics.get((event["jobId"], until))
            if topic is not None:
                topic.refresh()

    async def _read_forever(self) -> None:
        """Supervise the reader: BullMQ's ends for good with the first error that outlives its client's retries."""
        while True:
            events = self._make_reader(connect(self._settings.redis_url))
            try:
                await self._read(events)
            except (RedisError, OSError) as error:
                _log.warning("queue_events_interrupted", error=repr(error))
            finally:
                await events.close()
            await asyncio.sleep(RECONNECT_SECONDS)

    def _make_reader(self, client: Redis) -> QueueEvents:
        events = QueueEvents(self._settings.name, {"autorun": False, "connection": client, "prefix": PREFIX})
        for name in CHANGE_EVENTS:
            kinds: tuple[Until, ...] = ("change", "final") if name in FINAL_EVENTS else ("change",)
            events.on(name, functools.partial(self._refresh, kinds))
        events.on("error", lambda error: _log.warning("queue_events_interrupted", error=repr(error)))
        return events

    async def _read(self, events: QueueEvents) -> None:
        # From the last event on. BullMQ's default `$` means "from now" anew in every read until an event has come:
        # one that comes between two reads would be missed.
        newest = await events.client.xrevrange(events.keys["events"], count=1)
        events.opts["lastEventId"] = newest[0][0] if newest else "0-0"
        for topic in self._topics.values():
            topic.refresh()
        await events.run()


def _is_awaited(task: Task, known: Task, until: Until) -> bool:
    if until == "final":
        return task.status.is_final
    return task.model_copy(update={"cached": known.cached}) != known
