"""A cancellation takes effect, though one may be lost."""

import asyncio

from pixelmill.queue.cancellation import cancel


async def test_a_lost_cancellation_is_repeated() -> None:
    """As Python 3.11's `wait_for` loses one."""
    lost: list[int] = []

    async def lose_two() -> None:
        while len(lost) < 2:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                lost.append(1)
        await asyncio.Event().wait()

    task = asyncio.create_task(lose_two())
    await asyncio.sleep(0)
    await cancel(task)
    assert task.cancelled()
    assert len(lost) == 2


async def test_what_has_ended_is_left_alone() -> None:
    """Whatever it ended with."""

    async def fail() -> None:
        raise KeyError

    task = asyncio.create_task(fail())
    await asyncio.wait({task})
    await cancel(task)
    assert isinstance(task.exception(), KeyError)
