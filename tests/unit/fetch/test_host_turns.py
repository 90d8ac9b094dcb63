"""Turns of a host, seats to wait on, and when to come back."""

import asyncio
from itertools import pairwise

import pytest

from pixelmill.domain.postponed import Postponed
from pixelmill.fetch import host_turns
from pixelmill.fetch.host_turns import HostTurns


async def hold(turns: HostTurns, host: str, release: asyncio.Event) -> None:
    async with turns.turn(host):
        await release.wait()


async def test_a_host_has_so_many_turns_and_the_next_one_waits() -> None:
    """And goes on as soon as one is over."""
    turns, release, order = HostTurns(per_host=2, seats=1), asyncio.Event(), list[str]()
    first = [asyncio.create_task(hold(turns, "a", release)) for _ in range(2)]
    await asyncio.sleep(0)

    async def third() -> None:
        async with turns.turn("a"):
            order.append("third")

    waiting = asyncio.create_task(third())
    await asyncio.sleep(0)
    assert order == []
    release.set()
    await asyncio.gather(*first, waiting)
    assert order == ["third"]
    assert turns._hosts == {}


async def test_who_finds_no_seat_is_told_when_to_come_back() -> None:
    """Each a little later than the one before, at the pace of the turns."""
    turns, release = HostTurns(per_host=4, seats=1), asyncio.Event()
    held = [asyncio.create_task(hold(turns, "a", release)) for _ in range(5)]
    await asyncio.sleep(0)
    pauses = []
    for _ in range(8):
        with pytest.raises(Postponed) as postponed:
            async with turns.turn("a"):
                raise AssertionError
        pauses.append(postponed.value.seconds)
    assert pauses[0] == pytest.approx(host_turns.MIN_PAUSE_SECONDS, abs=0.1)
    steps = [after - before for before, after in pairwise(pauses)]
    assert steps == pytest.approx([host_turns.FIRST_TURN_SECONDS / 4] * 7, abs=0.05)
    release.set()
    await asyncio.gather(*held)


async def test_nobody_is_sent_away_for_longer_than_a_minute() -> None:
    """However many were before: thousands come back spread over half a minute."""
    turns, release = HostTurns(per_host=1, seats=0), asyncio.Event()
    held = asyncio.create_task(hold(turns, "a", release))
    await asyncio.sleep(0)
    pauses = []
    for _ in range(1000):
        with pytest.raises(Postponed) as postponed:
            async with turns.turn("a"):
                raise AssertionError
        pauses.append(postponed.value.seconds)
    assert max(pauses) <= host_turns.MAX_PAUSE_SECONDS
    assert len({round(pause, 2) for pause in pauses[100:]}) > 500
    release.set()
    await held


async def test_one_host_leaves_the_turns_of_another_alone() -> None:
    """Seats are for all, turns are not."""
    turns, release = HostTurns(per_host=1, seats=0), asyncio.Event()
    held = asyncio.create_task(hold(turns, "slow", release))
    await asyncio.sleep(0)
    async with turns.turn("fast"):
        pass
    release.set()
    await held


async def test_a_turn_or_seat_that_is_given_up_is_free_again() -> None:
    """By cancellation, too."""
    turns, release = HostTurns(per_host=1, seats=1), asyncio.Event()
    holder, waiter = (asyncio.create_task(hold(turns, "a", release)) for _ in range(2))
    await asyncio.sleep(0)
    waiter.cancel()
    await asyncio.gather(waiter, return_exceptions=True)
    with turns.seat("a"):
        pass
    holder.cancel()
    await asyncio.gather(holder, return_exceptions=True)
    async with turns.turn("a"):
        pass
    assert turns._hosts == {}
