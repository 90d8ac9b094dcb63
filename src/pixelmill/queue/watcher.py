"""Wait for tasks to change: one reader of the queue's events per process, fanned out to all who wait."""

from typing import Literal

from pixelmill.domain.task import Task
from pixelmill.queue.task_queue import TaskQueue
from pixelmill.settings import QueueSettings

Until = Literal["change", "final"]


class Watcher:
    """Lets any number of callers wait for tasks without polling.

    Args:
        settings: Where Redis is.
        queue: Where the state is read after an event.
    """

    def __init__(self, settings: QueueSettings, queue: TaskQueue) -> None:
        raise NotImplementedError

    async def start(self) -> None:
        """Start reading events. Returns at once; a Redis that is down is waited for."""
        raise NotImplementedError

    async def wait(self, task_id: str, known: Task, until: Until, timeout_seconds: float) -> Task | None:
        """Wait until the task differs from `known` (`change`) or has ended (`final`), at most `timeout_seconds`.

        Returns:
            The task as it is then, changed or not; None if it is gone. Restarts of Redis are waited out.

        Raises:
            QueueUnavailable: Redis does not answer when the time is up.
        """
        raise NotImplementedError

    async def close(self) -> None:
        """Stop reading. Those who still wait get the state they knew."""
        raise NotImplementedError
