"""Which workers are alive, as the queue knows it."""

from redis.asyncio import Redis

from pixelmill.domain.overview import Workers
from pixelmill.queue.presence import PREFIX
from pixelmill.queue.task_queue import TaskQueue
from tests.support.tasks import consuming, quick_settings
from tests.support.wait import wait_until_async

NONE = Workers(alive=0, concurrency=0)


async def until_there_are(queue: TaskQueue, workers: Workers) -> None:
    async def are_there() -> bool:
        return await queue.workers() == workers

    await wait_until_async(are_there)


async def test_each_worker_is_counted_until_it_ends(queue: TaskQueue, redis_url: str) -> None:
    """With the tasks it may have in flight."""
    assert await queue.workers() == NONE
    async with consuming(quick_settings(redis_url), concurrency=3):
        await until_there_are(queue, Workers(alive=1, concurrency=3))
        async with consuming(quick_settings(redis_url), concurrency=5):
            await until_there_are(queue, Workers(alive=2, concurrency=8))
        assert await queue.workers() == Workers(alive=1, concurrency=3)
    assert await queue.workers() == NONE


async def test_a_worker_is_counted_for_longer_than_its_lease(queue: TaskQueue, redis_url: str) -> None:
    """It is renewed; the key ends with the lease at every moment."""
    lease_seconds = 0.4
    async with (
        consuming(quick_settings(redis_url, lease_seconds=lease_seconds), concurrency=1),
        Redis.from_url(redis_url) as redis,
    ):
        await until_there_are(queue, Workers(alive=1, concurrency=1))
        (key,) = [key async for key in redis.scan_iter(f"{PREFIX}*")]
        renewals = {(await redis.zrange(key, 0, -1, withscores=True))[0][1]}

        async def was_renewed_often() -> bool:
            assert (await queue.workers()).alive == 1
            assert 0 < await redis.pttl(key) <= lease_seconds * 1000
            renewals.add((await redis.zrange(key, 0, -1, withscores=True))[0][1])
            return len(renewals) > 6

        await wait_until_async(was_renewed_often)


async def test_workers_come_back_after_redis_lost_everything(queue: TaskQueue, redis_url: str) -> None:
    """By themselves."""
    async with consuming(quick_settings(redis_url), concurrency=2), Redis.from_url(redis_url) as redis:
        await until_there_are(queue, Workers(alive=1, concurrency=2))
        await redis.delete(*[key async for key in redis.scan_iter(f"{PREFIX}*")])
        await until_there_are(queue, Workers(alive=1, concurrency=2))


async def test_workers_of_another_queue_are_not_counted(queue: TaskQueue, redis_url: str) -> None:
    """Two services may share a Redis, each with a queue of its own."""
    async with consuming(quick_settings(redis_url, name="other"), concurrency=1):
        async with Redis.from_url(redis_url) as redis:

            async def is_entered() -> bool:
                return bool(await redis.exists(f"{PREFIX}other"))

            await wait_until_async(is_entered)
        assert await queue.workers() == NONE
