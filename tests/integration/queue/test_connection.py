"""Redis clients that fit BullMQ's blocking reads, bursts of submissions, and impatient callers."""

import asyncio
import time
from collections.abc import Callable

import pytest
from redis.asyncio import Redis

from pixelmill.domain.errors import QueueUnavailable
from pixelmill.queue.connection import POOL_CONNECTIONS, connect, connect_for_requests
from pixelmill.queue.task_queue import TaskQueue
from pixelmill.settings import ResultSettings
from tests.support.servers import ValkeyServer
from tests.support.tasks import JOURNAL, consuming, quick_settings, some_work, until_final
from tests.support.wait import wait_until_async


async def test_a_blocking_read_may_last_longer_than_redis_pys_default(redis_url: str) -> None:
    """redis-py's 5 s would cut off a wait of 5 s, answer it with an error and start the next task late."""
    client = connect(redis_url)
    assert await client.bzpopmin("nothing", 5.5) is None
    await client.aclose()


async def test_more_callers_than_connections_wait_their_turn(redis_url: str) -> None:
    """redis-py's default pool raises at once when it is empty."""
    client = connect_for_requests(redis_url)
    answers = await asyncio.gather(*(client.incr("count") for _ in range(POOL_CONNECTIONS * 10)))
    assert max(answers) == POOL_CONNECTIONS * 10
    await client.aclose()


async def test_an_idle_worker_starts_a_task_at_once(redis_url: str) -> None:
    """Also after it has waited for longer than one blocking read."""
    queue = TaskQueue(quick_settings(redis_url), ResultSettings(), JOURNAL)
    async with consuming(quick_settings(redis_url)):
        await asyncio.sleep(5.2)
        work = some_work()
        started = time.monotonic()
        await queue.enqueue(work)
        await until_final(queue, work)
        assert time.monotonic() - started < 0.5
    await queue.close()


async def test_every_user_has_its_own_client(redis_url: str) -> None:
    """Closing one queue leaves the others alone."""
    one, other = (TaskQueue(quick_settings(redis_url), ResultSettings(), JOURNAL) for _ in range(2))
    await one.enqueue(some_work())
    await one.close()
    assert await other.get(some_work().task_id) is not None
    await other.close()


async def test_no_server_is_said_within_two_seconds(valkey: Callable[[], ValkeyServer]) -> None:
    """A request does not wait for 30 retries. When the server is back, so is the queue."""
    server = valkey()
    queue = TaskQueue(quick_settings(server.url), ResultSettings(), JOURNAL)
    work = some_work()
    await queue.enqueue(work)
    await asyncio.to_thread(server.kill)
    for ask in (lambda: queue.enqueue(some_work("b")), lambda: queue.get(work.task_id), queue.ping, queue.depth):
        started = time.monotonic()
        with pytest.raises(QueueUnavailable) as refusal:
            await ask()
        assert time.monotonic() - started < 2.5
        assert refusal.value.retry_after_seconds is not None
    await asyncio.to_thread(server.start)
    assert await queue.get(work.task_id) is not None
    assert (await queue.enqueue(some_work("b"))).outcome == "queued"
    await queue.close()


async def test_a_server_that_hangs_is_said_within_two_seconds(redis_url: str) -> None:
    """It accepts connections and answers nothing."""
    queue = TaskQueue(quick_settings(redis_url), ResultSettings(), JOURNAL)
    await queue.ping()
    async with Redis.from_url(redis_url) as redis:
        await redis.client_pause(4000)
    started = time.monotonic()
    with pytest.raises(QueueUnavailable):
        await queue.get(some_work().task_id)
    assert 1.5 < time.monotonic() - started < 2.5

    async def answers() -> bool:
        try:
            await queue.ping()
        except QueueUnavailable:
            return False
        return True

    await wait_until_async(answers)
    await queue.close()


async def test_a_quick_restart_is_not_noticed(valkey: Callable[[], ValkeyServer]) -> None:
    """Scripts are loaded again, and the request that came in between only took longer."""
    server = valkey()
    queue = TaskQueue(quick_settings(server.url), ResultSettings(), JOURNAL)
    await queue.enqueue(some_work())
    await asyncio.to_thread(server.kill)
    asking = asyncio.create_task(queue.enqueue(some_work("b")))
    await asyncio.to_thread(server.start)
    assert (await asking).outcome == "queued"
    await queue.close()
