"""What is left of a quota, and when there is more."""

from dataclasses import replace

from hypothesis import assume, given
from hypothesis import strategies as st

from pixelmill.queue.rate_window import WINDOW_SECONDS, RateWindow

WINDOW = WINDOW_SECONDS * 1000

quotas = st.integers(1, 5000)


def later(window: RateWindow, milliseconds: int) -> RateWindow:
    """The counters when time has passed and nobody has called."""
    rest = window.rest_milliseconds - milliseconds
    if rest > 0:
        return replace(window, rest_milliseconds=rest)
    return RateWindow(before=window.now, now=0, rest_milliseconds=max(0, rest + WINDOW))


def test_a_minute_that_has_just_begun_has_all_but_what_was_called() -> None:
    """There is no minute before."""
    window = RateWindow(before=0, now=30, rest_milliseconds=WINDOW)
    assert (window.remaining(100), window.rest_seconds) == (70, 60)


def test_the_minute_before_counts_as_far_as_it_is_in_the_window() -> None:
    """Half of it, in the middle of this one."""
    window = RateWindow(before=80, now=10, rest_milliseconds=WINDOW // 2)
    assert (window.remaining(100), window.seconds_until(100, 50)) == (50, 0)


def test_there_is_never_less_than_nothing() -> None:
    """A limit that was lowered since."""
    assert RateWindow(before=0, now=30, rest_milliseconds=WINDOW).remaining(10) == 0


def test_a_full_minute_has_room_when_it_begins_to_slide_out() -> None:
    """One call soon after its end, all of them a minute later."""
    window = RateWindow(before=0, now=60, rest_milliseconds=20_000)
    assert (window.seconds_until(60, 1), window.seconds_until(60, 60)) == (21, 80)


@given(quotas, st.data())
def test_the_time_told_is_the_first_second_with_room(quota: int, data: st.DataObject) -> None:
    """Whoever waits so long is let in, and a second earlier would not have been."""
    window = RateWindow(
        before=data.draw(st.integers(0, quota)),
        now=data.draw(st.integers(0, quota)),
        rest_milliseconds=data.draw(st.integers(1, WINDOW)),
    )
    calls = data.draw(st.integers(1, quota))
    assume(window.remaining(quota) < calls)

    seconds = window.seconds_until(quota, calls)

    assert 1 <= seconds <= 2 * WINDOW_SECONDS
    assert later(window, seconds * 1000).remaining(quota) >= calls
    assert later(window, (seconds - 1) * 1000).remaining(quota) < calls
