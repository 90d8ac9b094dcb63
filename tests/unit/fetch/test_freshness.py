"""What an origin's answer says about using it again."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from pixelmill.domain.source import ImageFormat
from pixelmill.fetch.freshness import conditions, dated, freshened, is_fresh, may_be_kept, may_be_used_again
from pixelmill.fetch.kept_source import KeptSource

URL = "https://example.com/cat.jpg"


def kept(**headers: str) -> KeptSource:
    return KeptSource(
        key="sources/a",
        download="1",
        url=URL,
        headers=dated({name.replace("_", "-"): value for name, value in headers.items()}),
        checked_at=0,
        size_bytes=1,
        sha256="0" * 64,
        format=ImageFormat.JPEG,
    )


def ago(**time: float) -> str:
    return format_datetime(datetime.now(UTC) - timedelta(**time), usegmt=True)


@pytest.mark.parametrize(
    "headers",
    [
        {"Cache_Control": "max-age=60"},
        {"Cache_Control": "max-age=1, s-maxage=60"},
        {"Expires": ago(hours=-1)},
        {"Cache_Control": "max-age=7200", "Date": ago(minutes=30), "Age": "1800"},
        {"Cache_Control": "max-age=7200", "Date": ago(hours=-5)},
        {"Last_Modified": ago(days=100)},
    ],
)
def test_a_source_is_fresh_for_as_long_as_its_origin_says(headers: dict[str, str]) -> None:
    """Or for a tenth of its age, where it says nothing; whatever its clock shows."""
    assert is_fresh(kept(**headers))
    assert may_be_kept(URL, kept(**headers).headers)
    assert may_be_used_again(kept(**headers))


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Cache_Control": "max-age=60", "Age": "61"},
        {"Cache_Control": "max-age=60", "Date": ago(seconds=61)},
        {"Cache_Control": "no-cache, max-age=60"},
        {"Cache_Control": "max-age=60", "Vary": "*"},
        {"Cache_Control": "max-age=0"},
        {"Expires": "0"},
    ],
)
def test_a_source_that_is_stale_and_cannot_be_asked_about_is_of_no_use(headers: dict[str, str]) -> None:
    """It would have to be downloaded again in any case."""
    assert not is_fresh(kept(**headers))
    assert conditions(kept(**headers)) == {}
    assert not may_be_used_again(kept(**headers))


@pytest.mark.parametrize(
    ("headers", "asked"),
    [
        ({"ETag": '"a"'}, {"if-none-match": '"a"'}),
        ({"ETag": 'W/"a"', "Cache_Control": "max-age=60"}, {"if-none-match": 'W/"a"'}),
        ({"Last_Modified": "Wed, 21 Oct 2015 07:28:00 GMT"}, {"if-modified-since": "Wed, 21 Oct 2015 07:28:00 GMT"}),
    ],
)
def test_an_origin_is_asked_by_what_it_said(headers: dict[str, str], asked: dict[str, str]) -> None:
    """In its own words; nothing else is sent along."""
    assert conditions(kept(**headers)) == asked
    assert may_be_used_again(kept(**headers))


@pytest.mark.parametrize("directive", ["no-store", "private", "private, max-age=60"])
def test_what_is_not_for_a_shared_cache_is_not_kept(directive: str) -> None:
    """Other tasks are other people's."""
    assert not may_be_kept(URL, kept(Cache_Control=directive, ETag='"a"').headers)


def test_an_unchanged_source_is_as_fresh_as_its_origin_says_now() -> None:
    """The headers of the 304 replace the old ones."""
    stale = kept(ETag='"a"', Cache_Control="max-age=0")
    renewed = freshened(stale, {"ETag": '"a"', "Cache-Control": "max-age=60", "Date": ago(seconds=1)})
    assert renewed is not None
    assert is_fresh(renewed)
    assert (renewed.key, renewed.headers["etag"]) == (stale.key, '"a"')


def test_a_304_for_something_else_renews_nothing() -> None:
    """An origin that mixes things up must not make us serve the wrong ones."""
    assert freshened(kept(ETag='"a"'), {"ETag": '"b"'}) is None


def test_nothing_is_kept_of_an_answer_but_what_decides() -> None:
    """Headers may be long, and cookies are nobody's business."""
    told = dated({"Set-Cookie": "a=b", "X-Powered-By": "x" * 8000, "ETag": '"a"', "Date": "soon"})
    assert set(told) == {"etag", "date"}
