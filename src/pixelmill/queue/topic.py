"""One task that somebody waits for: its state is read once for all of them."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from pixelmill.domain.errors import QueueUnavailable
from pixelmill.domain.task import Task

READ_AGAIN_SECONDS: Final = 0.5
"""Pause after Redis did not answer."""


@dataclass(frozen=True)
class News:
    """A state that was read.

    Attributes:
        number: Counts the readings of a topic.
        task: What was read; None if the task is gone.
    """

    number: int
    task: Task | None


Tell = Callable[[str, Task | None], None]
"""Told the id of a task and its state that was read, None if it is gone. Never raises, and takes no time."""


class Topic:
    """The state of one task, as news for everybody who waits for it, and for listeners who are told each reading.

    Args:
        task_id: Names the task.
        read: Reads the state of the task of an id; None if it is gone.
    """

    def __init__(self, task_id: str, read: Callable[[str], Awaitable[Task | None]]) -> None:
        self.waiters = 0
        self.listeners: set[Tell] = set()
        self._task_id = task_id
        self._read = read
        self._latest = News(0, None)
        self._told = asyncio.Event()
        self._reading: asyncio.Task[None] | None = None
        self._is_stale = False
        self._is_closed = False

    @property
    def is_wanted(self) -> bool:
        """Whether anybody waits or listens."""
        return bool(self.waiters or self.listeners)

    @property
    def number(self) -> int:
        """That of the latest news."""
        return self._latest.number

    async def news(self, after: int) -> News:
        """The latest news as soon as there are any later than the ones of that number."""
        while self._latest.number <= after:
            await self._told.wait()
        return self._latest

    def refresh(self) -> None:
        """Have the state read. A reading under way may have come too early: another one follows it."""
        self._is_stale = True
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read_until_fresh())

    def close(self) -> None:
        """Stop reading: nobody waits any more."""
        self._is_closed = True  # a cancellation alone may be lost, see `cancellation`
        if self._reading is not None:
            self._reading.cancel()

    async def _read_until_fresh(self) -> None:
        while self._is_stale and not self._is_closed:
            self._is_stale = False
            try:
                task = await self._read(self._task_id)
            except QueueUnavailable:
                self._is_stale = True
                await asyncio.sleep(READ_AGAIN_SECONDS)
                continue
            self._latest = News(self._latest.number + 1, task)
            self._told.set()
            self._told = asyncio.Event()
            for tell in self.listeners:
                tell(self._task_id, task)
