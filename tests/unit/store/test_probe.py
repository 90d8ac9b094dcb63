"""The probe: one check at a time, answers that are good for a while, and nobody who waits for long."""

import asyncio
import threading
import time
from collections.abc import Iterator

import pytest

from pixelmill.store import probe as probe_module
from pixelmill.store.probe import Probe
from tests.support.wait import wait_until


class Check:
    """Counts its runs; may be told to fail or to hang."""

    def __init__(self) -> None:
        self.runs = 0
        self.error: Exception | None = None
        self.may_end = threading.Event()
        self.may_end.set()

    def __call__(self) -> None:
        self.runs += 1
        self.may_end.wait()
        if self.error:
            raise self.error


@pytest.fixture
def check() -> Iterator[Check]:
    check = Check()
    yield check
    check.may_end.set()


def test_an_answer_is_given_again_for_as_long_as_it_holds(check: Check) -> None:
    """However many ask."""
    probe = Probe(check, holds_seconds=60)
    for _ in range(10):
        probe.ask()
    assert check.runs == 1


def test_an_answer_that_does_not_hold_is_asked_for_again(check: Check) -> None:
    """A disk that has just become full is noticed at once."""
    probe = Probe(check, holds_seconds=0)
    probe.ask()
    check.error = OSError("full")
    with pytest.raises(OSError, match="full"):
        probe.ask()
    check.error = None
    probe.ask()
    assert check.runs == 3


async def test_who_asks_while_it_runs_gets_its_answer(check: Check) -> None:
    """From threads and event loops alike."""
    check.may_end.clear()
    check.error = OSError("full")
    probe = Probe(check, holds_seconds=0)
    asking = [asyncio.create_task(probe.ask_async()) for _ in range(5)]
    asking.append(asyncio.create_task(asyncio.to_thread(probe.ask)))
    await asyncio.sleep(0)
    check.may_end.set()
    ends = await asyncio.gather(*asking, return_exceptions=True)
    assert {str(end) for end in ends} == {"full"}
    assert check.runs <= 2


async def test_a_check_that_hangs_keeps_nobody_waiting(check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    """And is not started again beside itself; its late answer is taken."""
    monkeypatch.setattr(probe_module, "ANSWER_SECONDS", 0.1)
    check.may_end.clear()
    probe = Probe(check, holds_seconds=0)
    started_at = time.monotonic()
    with pytest.raises(TimeoutError):
        probe.ask()
    with pytest.raises(TimeoutError):
        await probe.ask_async()
    assert time.monotonic() - started_at < 2
    assert check.runs == 1

    check.may_end.set()
    wait_until(lambda: probe._answer is not None and probe._answer.done())
    probe.ask()
    assert check.runs == 2
