"""When to come back to a full queue."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixelmill.queue.depth import MAX_RETRY_SECONDS, seconds_until_room


@pytest.mark.parametrize(
    ("waiting", "ended_lately", "seconds"),
    [(100_000, 0, 300), (100_000, 60_000, 10), (100_000, 600_000, 1), (100_000, 6_000, 100), (10, 3, 20)],
)
def test_a_tenth_of_the_queue_is_waited_for(waiting: int, ended_lately: int, seconds: int) -> None:
    """At the rate of the last minute."""
    assert seconds_until_room(waiting, ended_lately) == seconds


@given(st.integers(1, 10**6), st.integers(0, 10**6))
def test_the_answer_is_always_sensible(waiting: int, ended_lately: int) -> None:
    """Never at once, never in an hour."""
    assert 1 <= seconds_until_room(waiting, ended_lately) <= MAX_RETRY_SECONDS
