"""An interactive load that never pauses: bulk tasks move all the same, and interactive ones do not wait for them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Final

import pytest

from pixelmill.client.async_client import AsyncClient
from pixelmill.domain.task import Priority, Status, Task
from pixelmill.queue.bulk_share import TAKES_PER_BULK_TAKE
from tests.support.answers import Request, body
from tests.support.origin import Origin
from tests.support.pictures import photo
from tests.support.service import running_service
from tests.support.wait import wait_until_async

CONCURRENCY: Final = 4
CALLERS: Final = 10 * CONCURRENCY
BULK: Final = 16
WAIT_SECONDS: Final = 120.0
PICTURE: Final = photo(64, 48, seed=1)


class SteadyLoad:
    """Callers that ask for another interactive task as soon as theirs has ended.

    However fast the worker is, they keep up: the origin answers only while three times as many wait as it takes at
    once. So at least twice as many wait whenever it takes one.

    Args:
        client: Of the service.
        origin: Has the sources, one for each task, so that none waits for the download of another.
    """

    def __init__(self, client: AsyncClient, origin: Origin) -> None:
        self.ended: list[Task] = []
        self._client = client
        self._origin = origin
        self._submitted = 0
        self._accepted = 0
        self._is_over = False
        for priority in Priority:
            origin.serve(f"/{priority}.jpg", self._answer)

    async def submit(self, priority: Priority) -> Task:
        self._submitted += 1
        width, height = 10 + self._submitted % 100, 10 + self._submitted // 100
        url = self._origin.url(f"/{priority}.jpg?{self._submitted}")
        return await self._client.submit(url, priority=priority, width=width, height=height, fit="fill")

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """It runs meanwhile, and has been running for a while already."""
        async with asyncio.TaskGroup() as group:
            callers = [group.create_task(self._call()) for _ in range(CALLERS)]
            await self.goes_on()
            yield
            self._is_over = True
            for caller in callers:
                caller.cancel()

    async def goes_on(self) -> None:
        """So many more tasks end as there are callers."""
        goal = len(self.ended) + CALLERS

        async def is_reached() -> bool:
            return len(self.ended) >= goal

        await wait_until_async(is_reached, WAIT_SECONDS)

    async def _call(self) -> None:
        while True:
            task = await self.submit(Priority.INTERACTIVE)
            self._accepted += 1
            self.ended.append(await self._client.wait(task, WAIT_SECONDS))

    async def _answer(self, request: Request, writer: asyncio.StreamWriter) -> None:
        async def enough_wait() -> bool:
            waiting = self._accepted - self._origin.times_asked(f"/{Priority.INTERACTIVE}.jpg")
            return waiting >= 3 * CONCURRENCY or self._is_over

        await wait_until_async(enough_wait, WAIT_SECONDS)
        await body(PICTURE)(request, writer)


def taken_at(task: Task) -> datetime:
    """When its only attempt started, by the same clock as when it was queued."""
    assert (task.status, task.attempts) == (Status.COMPLETED, 1)
    assert task.started_at is not None
    return task.started_at


@pytest.mark.timeout(300)
async def test_bulk_tasks_move_under_a_steady_interactive_load(tmp_path: Path) -> None:
    """Interactive tasks wait at every moment; a tenth of what is taken is bulk all the same, and all others overtake.

    Told by the times the service itself notes: when a task was queued, and when a worker took it.
    """
    settings = {"PIXELMILL_WORKER_CONCURRENCY": str(CONCURRENCY)}
    with Origin() as origin, running_service(tmp_path, origin, settings) as service:
        async with AsyncClient(service.base_url, timeout_seconds=60) as client:
            load = SteadyLoad(client, origin)
            async with load.running():
                begin = datetime.now(UTC)
                accepted = await asyncio.gather(*(load.submit(Priority.BULK) for _ in range(BULK)))
                all_wait = datetime.now(UTC)
                bulk = await asyncio.gather(*(client.wait(task, WAIT_SECONDS) for task in accepted))
                await load.goes_on()
    interactive = [(task.queued_at, taken_at(task)) for task in load.ended]
    turns = sorted(map(taken_at, bulk))

    # It never pauses: whenever a task was taken, of either kind, more interactive ones waited than a worker takes.
    for moment in (*turns, *(taken for _, taken in interactive if begin < taken < turns[-1])):
        assert sum(queued_at < moment < taken for queued_at, taken in interactive) > CONCURRENCY

    # While both kinds waited, there are so many interactive ones between two bulk ones as the share says.
    shared = [turn for turn in turns if turn > all_wait]
    assert len(shared) > BULK // 4
    for earlier, later in pairwise(shared):
        surely = sum(earlier < taken < later for _, taken in interactive)
        at_most = sum(earlier <= taken <= later for _, taken in interactive)  # times are in milliseconds
        assert surely <= TAKES_PER_BULK_TAKE - 1 <= at_most

    # Of those taken between them, only so many as there are callers can have been there before the last bulk task.
    last = max(bulk, key=taken_at)
    overtaking = sum(last.queued_at < queued_at and taken < taken_at(last) for queued_at, taken in interactive)
    assert overtaking >= max(1, (len(shared) - 1) * (TAKES_PER_BULK_TAKE - 1) - CALLERS)
