"""How long a worker waits for its store."""

from datetime import UTC, datetime, timedelta

import pytest

from pixelmill.worker.store_patience import FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, StorePatience
from tests.support.tasks import some_work


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_pauses_grow_as_long_as_the_store_fails(clock: Clock) -> None:
    """To a limit, so that the service goes on soon after the store does."""
    patience, pauses = StorePatience(clock), []
    for _ in range(8):
        pauses.append(patience.store_failed())
        assert patience.is_holding
        clock.now += pauses[-1]
        assert not patience.is_holding
    assert pauses == [2, 4, 8, 16, 32, 60, 60, 60]
    assert (pauses[0], pauses[-1]) == (FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS)


def test_tasks_that_fail_together_pause_once(clock: Clock) -> None:
    """Thirty in flight are one outage, not thirty."""
    patience = StorePatience(clock)
    assert patience.store_failed() == 2
    clock.now += 0.5
    assert [patience.store_failed() for _ in range(30)] == [1.5] * 30


def test_a_store_that_works_ends_the_pause(clock: Clock) -> None:
    """Also for the next outage, which begins anew."""
    patience = StorePatience(clock)
    for _ in range(3):
        clock.now += patience.store_failed()
    patience.store_works()
    assert not patience.is_holding
    assert patience.store_failed() == 2


def test_a_task_does_not_wait_for_ever() -> None:
    """After a day it fails as any other."""
    patience, work = StorePatience(), some_work()
    assert patience.lasts_for(work)
    old = work.model_copy(update={"queued_at": datetime.now(UTC) - timedelta(days=1, seconds=1)})
    assert not patience.lasts_for(old)
