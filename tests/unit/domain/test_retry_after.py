"""The pause that a server asks for."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from pixelmill.domain.retry_after import pause_seconds


@pytest.mark.parametrize("header", [None, "", "-1", "1.5", "soon", "9" * 30, "Wed, 21 Oct 2015 07:28:00 -0000"])
def test_what_means_nothing_is_no_pause(header: str | None) -> None:
    """Not even a time without a zone."""
    assert pause_seconds(header) is None


def test_a_pause_is_a_number_or_a_time() -> None:
    """A time that is over is no pause at all, but an answer."""
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=40), usegmt=True)

    assert pause_seconds("30") == 30
    assert pause_seconds(later) in {39, 40}
    assert pause_seconds("Wed, 21 Oct 2015 07:28:00 GMT") == 0
