"""One task that somebody waits for: its state is read once for all of them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from pixelmill.domain.errors import QueueUnavailable
from pixelmill.domain.task import Task

READ_AGAIN_SECONDS: Final = 0.5
"""Pause after Redis did not answer."""


class Topic:
    """The state of one task, as news for everybody who waits for it.

    Args:
        read: Reads the state; None if the task is gone.
    """

    def __init__(self, read: Callable[[], Awaitable[Task | None]]) -> None:
        self.waiters = 0
        self._read = read
        self._news: asyncio.Future[Task | None] = asyncio.get_running_loop().create_future()
        self._reading: asyncio.Task[None] | None = None
        self._is_stale = False

    async def next(self) -> Task | None:
        """The state as read by the next reading that ends."""
        return await asyncio.shield(self._news)

    def refresh(self) -> None:
        """Have the state read. A reading under way may have come too early: another one follows it."""
        self._is_stale = True
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read_until_fresh())

    def close(self) -> None:
        """Stop reading: nobody waits any more."""
        if self._reading is not None:
            self._reading.cancel()

    async def _read_until_fresh(self) -> None:
        while self._is_stale:
            self._is_stale = False
            try:
                task = await self._read()
            except QueueUnavailable:
                self._is_stale = True
                await asyncio.sleep(READ_AGAIN_SECONDS)
                continue
            told, self._news = self._news, asyncio.get_running_loop().create_future()
            told.set_result(task)
