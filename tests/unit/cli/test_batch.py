"""Many sources at once, told in their order."""

import asyncio

import pytest

from pixelmill.cli.batch import Ended, work_on
from pixelmill.cli.results import Results
from pixelmill.cli.sources import Source

SOURCES = [Source(f"{number}.jpg") for number in range(6)]


async def test_results_are_told_in_order_whoever_is_first() -> None:
    """As soon as all before them are."""
    told: list[str] = []
    may_end = {source: asyncio.Event() for source in SOURCES}

    async def work(source: Source) -> Ended:
        await may_end[source].wait()
        return Ended((source.name,))

    working = asyncio.create_task(work_on(SOURCES, work, 3, told.append))
    for number, so_far in ((2, []), (1, []), (0, ["0.jpg", "1.jpg", "2.jpg"])):
        may_end[SOURCES[number]].set()
        for _ in range(5):
            await asyncio.sleep(0)
        assert told == so_far
    for event in may_end.values():
        event.set()
    assert await working
    assert told == [source.name for source in SOURCES]


async def test_no_more_than_asked_for_run_at_once() -> None:
    """And no fewer."""
    now = most = 0

    async def work(_: Source) -> Ended:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0)
        now -= 1
        return Ended()

    assert await work_on(SOURCES, work, 4, lambda _: None)
    assert most == 4


async def test_one_that_is_not_well_makes_the_whole_so() -> None:
    """The others are worked on all the same."""
    worked: list[Source] = []

    async def work(source: Source) -> Ended:
        worked.append(source)
        return Ended(is_well=source != SOURCES[1])

    assert not await work_on(SOURCES, work, 2, lambda _: None)
    assert worked == SOURCES


async def test_an_error_ends_all() -> None:
    """What runs is canceled, the rest is not begun."""
    canceled: list[Source] = []
    begun: list[Source] = []

    async def work(source: Source) -> Ended:
        begun.append(source)
        if source == SOURCES[1]:
            raise ValueError(source.name)
        try:
            return await asyncio.Future()
        except asyncio.CancelledError:
            canceled.append(source)
            raise

    with pytest.raises(ValueError, match=r"1\.jpg"):
        await work_on(SOURCES, work, 2, lambda _: None)
    assert (begun, canceled) == (SOURCES[:2], SOURCES[:1])


async def test_names_are_given_in_order() -> None:
    """Of sources of the same name the first gets the plain one, however late it is; one that fails holds up nobody."""
    twins = [Source("a/cat.jpg"), Source("b/cat.jpg"), Source("dog.jpg"), Source("c/cat.jpg")]
    results = Results(twins, None)
    waiting = [asyncio.create_task(results.turn(source)) for source in twins]
    await asyncio.sleep(0)
    assert [each.done() for each in waiting] == [True, False, True, False]
    results.end(twins[0])
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert [each.done() for each in waiting] == [True, True, True, False]
    results.end(twins[1])
    await waiting[3]
