"""The `Prefer` header: what is honored, and that nothing in it is an error."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixelmill.api.prefer import honored_wait_seconds


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("wait=10", 10),
        ("WAIT = 10", 10),
        ('wait="10"', 10),
        ("respond-async, wait=10", 10),
        ("wait=10; foo=bar", 10),
        ("wait=5, wait=10", 5),
        ("wait=600", 30),
        ("wait=99999999999999999999", None),
        ("wait=0", None),
        ("wait", None),
        ("wait=-1", None),
        ("wait=1.5", None),
        ("wait=\N{ARABIC-INDIC DIGIT ONE}", None),
        ("waiting=10", None),
        ('handling="wait=10"', None),
    ],
)
def test_wait(header: str | None, seconds: int | None) -> None:
    """The first `wait` in seconds, capped; None for all that does not ask for a wait."""
    assert honored_wait_seconds(header, max_seconds=30) == seconds


@given(st.text())
def test_any_header_is_read(header: str) -> None:
    """A preference is never an error, and never exceeds the limit."""
    assert (honored_wait_seconds(header, max_seconds=30) or 1) in range(1, 31)


def test_a_limit_below_a_second_is_no_wait() -> None:
    """`Prefer` counts in whole seconds."""
    assert honored_wait_seconds("wait=10", max_seconds=0.5) is None
