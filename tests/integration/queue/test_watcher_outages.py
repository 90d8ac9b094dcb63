"""Waiting for tasks goes on whatever happens to the reader of events and to the server."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from bullmq import QueueEvents
from redis.asyncio import Redis

from pixelmill.domain.task import Status, Work
from pixelmill.queue.task_queue import TaskQueue
from pixelmill.queue.watcher import Watcher
from pixelmill.settings import ResultSettings
from tests.support.servers import ValkeyServer
from tests.support.tasks import (
    JOURNAL,
    consuming,
    quick_settings,
    some_work,
    until_final,
    until_waiting,
)
from tests.support.wait import wait_until_async


@pytest.fixture
async def watcher(redis_url: str, queue: TaskQueue) -> AsyncIterator[Watcher]:
    watcher = Watcher(quick_settings(redis_url), queue)
    await watcher.start()
    yield watcher
    await watcher.close()


async def test_an_event_between_two_reads_is_seen(
    queue: TaskQueue, watcher: Watcher, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """BullMQ's reader starts at `$`, which means "from now" again in the next read as long as nothing has come."""
    work = some_work()
    known = (await queue.enqueue(work)).task
    await watcher.close()
    make_reader = watcher._make_reader
    waiting = asyncio.create_task(watcher.wait(known.task_id, known, "final", 30))

    def with_a_pause_between_reads(client: Redis) -> QueueEvents:
        events = make_reader(client)
        read = events.client.xread

        async def read_nothing_then_complete(*_streams: object, **_options: object) -> list[object]:
            monkeypatch.setattr(events.client, "xread", read)
            await _complete(work, queue, redis_url)
            return []

        monkeypatch.setattr(events.client, "xread", read_nothing_then_complete)
        return events

    monkeypatch.setattr(watcher, "_make_reader", with_a_pause_between_reads)
    await watcher.start()
    task = await asyncio.wait_for(asyncio.shield(waiting), timeout=20)
    assert task is not None
    assert task.status is Status.COMPLETED


@pytest.fixture
async def killable(valkey: Callable[[], ValkeyServer]) -> AsyncIterator[tuple[ValkeyServer, TaskQueue, Watcher]]:
    server = valkey()
    queue = TaskQueue(quick_settings(server.url), ResultSettings(), JOURNAL)
    watcher = Watcher(quick_settings(server.url), queue)
    await watcher.start()
    yield server, queue, watcher
    await watcher.close()
    await queue.close()


async def in_thread(call: Callable[[], None]) -> None:
    await asyncio.to_thread(call)


async def _complete(work: Work, queue: TaskQueue, url: str) -> None:
    async with consuming(quick_settings(url)):
        await until_final(queue, work)


async def test_a_wait_survives_a_restart_of_the_server(killable: tuple[ValkeyServer, TaskQueue, Watcher]) -> None:
    """What happens after a kill -9 and a restart reaches those who waited since before."""
    server, queue, watcher = killable
    work = some_work()
    known = (await queue.enqueue(work)).task
    waiting = asyncio.create_task(watcher.wait(known.task_id, known, "final", 30))
    await until_waiting(watcher)
    await in_thread(server.kill)
    await in_thread(server.start)
    await _complete(work, queue, server.url)
    task = await waiting
    assert task is not None
    assert task.status is Status.COMPLETED


async def test_a_wait_survives_the_end_of_the_reader(
    killable: tuple[ValkeyServer, TaskQueue, Watcher], monkeypatch: pytest.MonkeyPatch
) -> None:
    """BullMQ's reader gives up for good when its client does; a new one takes over, and nothing was missed."""
    server, queue, watcher = killable
    ends: list[int] = []
    read: Callable[[object], Awaitable[None]] = watcher._read

    async def count(events: object) -> None:
        try:
            await read(events)
        finally:
            ends.append(1)

    monkeypatch.setattr(watcher, "_read", count)
    monkeypatch.setattr("pixelmill.queue.connection.PATIENT_RETRIES", 1)
    await watcher.close()
    await watcher.start()
    work = some_work()
    known = (await queue.enqueue(work)).task
    waiting = asyncio.create_task(watcher.wait(known.task_id, known, "final", 30))
    await until_waiting(watcher)
    await in_thread(server.kill)

    async def has_ended() -> bool:
        return bool(ends)

    await wait_until_async(has_ended)
    await in_thread(server.start)
    await _complete(work, queue, server.url)
    task = await waiting
    assert task is not None
    assert task.status is Status.COMPLETED
