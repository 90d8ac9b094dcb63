"""Downloads from one host take turns, and few tasks wait for one: the others come back later.

A task that waits takes a place of the worker. If all places were taken by tasks that wait for one slow host, nothing
else would be done. So there are few seats to wait on; who finds none is told when its turn may come, a little further
away for each one told, at the pace in which turns end. Told without that, thousands would come back at once.
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Final

from pixelmill.domain.postponed import Postponed

MIN_PAUSE_SECONDS: Final = 0.1
MAX_PAUSE_SECONDS: Final = 60.0
FIRST_TURN_SECONDS: Final = 1.0
"""What a download is taken to last before one has ended."""
_WEIGHT: Final = 0.2
"""Of the latest download in the moving average."""


@dataclass
class _Host:
    turns: asyncio.Semaphore
    users: int = 0
    turn_seconds: float = FIRST_TURN_SECONDS
    next_return_at: float = field(default_factory=time.monotonic)


class HostTurns:
    """The turns of one worker.

    Args:
        per_host: Downloads from one host at a time.
        seats: Tasks that may wait at a time, for whatever host.
    """

    def __init__(self, per_host: int, seats: int) -> None:
        self._per_host = per_host
        self._seats = seats
        self._hosts: dict[str, _Host] = {}

    @asynccontextmanager
    async def turn(self, host: str) -> AsyncIterator[None]:
        """Wait for a turn, and take it.

        Raises:
            Postponed: It is not free, and there is no seat to wait for it.
        """
        with self._used(host) as state:
            if state.turns.locked():
                with self.seat(host):
                    await state.turns.acquire()
            else:
                await state.turns.acquire()  # at once
            started_at = time.monotonic()
            try:
                yield
            finally:
                state.turn_seconds += (time.monotonic() - started_at - state.turn_seconds) * _WEIGHT
                state.turns.release()

    @contextmanager
    def seat(self, host: str) -> Iterator[None]:
        """Wait in here for something that comes from a host.

        Raises:
            Postponed: All seats are taken.
        """
        if not self._seats:
            raise Postponed(self._pause_seconds(host))
        self._seats -= 1
        try:
            yield
        finally:
            self._seats += 1

    def _pause_seconds(self, host: str) -> float:
        with self._used(host) as state:
            now = time.monotonic()
            earliest, latest = now + MIN_PAUSE_SECONDS, now + MAX_PAUSE_SECONDS
            if state.next_return_at > latest:
                return random.uniform(MAX_PAUSE_SECONDS / 2, MAX_PAUSE_SECONDS)  # noqa: S311 - no secret
            return_at = max(earliest, state.next_return_at)
            state.next_return_at = return_at + state.turn_seconds / self._per_host
            return return_at - now

    @contextmanager
    def _used(self, host: str) -> Iterator[_Host]:
        """The state of a host, which is kept as long as somebody uses it."""
        state = self._hosts.setdefault(host, _Host(asyncio.Semaphore(self._per_host)))
        state.users += 1
        try:
            yield state
        finally:
            state.users -= 1
            if not state.users:
                del self._hosts[host]
