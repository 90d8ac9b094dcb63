"""Which answers of an origin pass by themselves, and which last."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from pixelmill.domain.errors import PixelmillError, SourceNotFound, SourceRefused, SourceUnreachable
from pixelmill.fetch.failures import of_status


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (404, SourceNotFound),
        (410, SourceNotFound),
        (400, SourceRefused),
        (401, SourceRefused),
        (403, SourceRefused),
        (451, SourceRefused),
        (204, SourceRefused),
        (206, SourceRefused),
        (304, SourceRefused),
        (408, SourceUnreachable),
        (425, SourceUnreachable),
        (429, SourceUnreachable),
        (500, SourceUnreachable),
        (502, SourceUnreachable),
        (503, SourceUnreachable),
        (520, SourceUnreachable),
    ],
)
def test_a_status_is_passing_or_lasting(status: int, kind: type[PixelmillError]) -> None:
    """A busy or broken origin is asked again, one that says no is not; the caller reads the number."""
    failure = of_status(status)
    assert type(failure) is kind
    assert str(status) in failure.detail


def test_the_words_of_a_known_status_are_shown() -> None:
    """A person reads words, not only a number; an unknown number stands alone."""
    assert of_status(404).detail == "The origin answered with 404 Not Found."
    assert of_status(520).detail == "The origin answered with 520."


@pytest.mark.parametrize(
    ("header", "seconds"), [("30", 30), (None, None), ("", None), ("-1", None), ("soon", None), ("9" * 30, None)]
)
def test_a_busy_origin_says_when_to_come_back(header: str | None, seconds: int | None) -> None:
    """Retry-After in seconds is honored, what means nothing is as if it were not there."""
    assert of_status(503, header).retry_after_seconds == seconds


def test_a_busy_origin_may_name_the_time_to_come_back() -> None:
    """The other form of Retry-After; a time that is over means at once, one without a zone means nothing."""
    later = of_status(429, format_datetime(datetime.now(UTC) + timedelta(seconds=40), usegmt=True))
    assert later.retry_after_seconds in {39, 40}
    assert of_status(429, "Wed, 21 Oct 2015 07:28:00 GMT").retry_after_seconds == 0
    assert of_status(429, "Wed, 21 Oct 2015 07:28:00 -0000").retry_after_seconds is None
