"""Work beside the tasks: started again when it crashes, ended with the worker."""

import asyncio

import pytest

from pixelmill.worker import background
from pixelmill.worker.background import in_background
from tests.support.wait import wait_until_async


async def test_a_crash_does_not_end_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker goes on, and so does the work after a pause."""
    monkeypatch.setattr(background, "RESTART_SECONDS", 0.01)
    runs = 0

    async def crash_twice() -> None:
        nonlocal runs
        runs += 1
        if runs <= 2:
            raise ZeroDivisionError
        await asyncio.Event().wait()

    async def is_running_again() -> bool:
        return runs == 3

    async with in_background("crashing", crash_twice):
        await wait_until_async(is_running_again)


async def test_it_ends_with_the_context() -> None:
    """And is given the time to clean up."""
    ended = False

    async def run() -> None:
        nonlocal ended
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            ended = True

    async with in_background("endless", run):
        await asyncio.sleep(0)
    assert ended
