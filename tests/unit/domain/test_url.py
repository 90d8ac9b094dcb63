"""One form of every source URL, and words for what is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixelmill.domain.limits import MAX_URL_CHARACTERS
from pixelmill.domain.url import UrlOrigin, normalize_redirect, normalize_url, origin_of

BASE = "https://example.com/a/b/image.jpg?size=1"


@pytest.mark.parametrize(
    ("url", "normal"),
    [
        ("https://example.com/image.jpg", "https://example.com/image.jpg"),
        ("  https://example.com/image.jpg ", "https://example.com/image.jpg"),
        ("HTTPS://EXAMPLE.com", "https://example.com/"),
        ("http://example.com:80/", "http://example.com/"),
        ("https://example.com:443/", "https://example.com/"),
        ("http://example.com:443/", "http://example.com:443/"),
        ("https://example.com/image.jpg#part", "https://example.com/image.jpg"),
        ("https://example.com/a/../b/./c.jpg", "https://example.com/b/c.jpg"),
        ("https://example.com/a b.jpg?q=ü", "https://example.com/a%20b.jpg?q=%C3%BC"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("https://ex%61mple.com/", "https://example.com/"),
        ("http://0x7f.1/", "http://127.0.0.1/"),
        ("http://0177.0.0.1/", "http://127.0.0.1/"),
        ("http://2130706433/", "http://127.0.0.1/"),
        ("http://127.1/", "http://127.0.0.1/"),
        ("http://\uff11\uff12\uff17.\uff10.\uff10.\uff11/", "http://127.0.0.1/"),
        ("http://[0:0:0:0:0:FFFF:127.0.0.1]/", "http://[::ffff:7f00:1]/"),
    ],
)
def test_spellings_of_one_url_become_one(url: str, normal: str) -> None:
    """Case, script, defaults and number systems are spelling; the query is not."""
    assert normalize_url(url) == normal


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "like https://example.com"),
        ("image.jpg", "like https://example.com"),
        ("//example.com/image.jpg", "like https://example.com"),
        ("http:example.com", "like https://example.com"),
        ("http:///image.jpg", "like https://example.com"),
        ("javascript:alert(1)", "like https://example.com"),
        ("data:image/png;base64,AAAA", "like https://example.com"),
        ("file://server/etc/passwd", "begins with http"),
        ("ftp://example.com/image.jpg", "begins with http"),
        ("gopher://example.com/", "begins with http"),
        ("https://user@example.com/", "without a user name"),
        ("https://user:secret@example.com/", "without a user name"),
        ("https://:secret@example.com/", "without a user name"),
        ("https://example.com\\@evil.example/", "backslashes"),
        ("https://exam\tple.com/", "control characters"),
        ("https://example.com/\r\nHost: evil", "control characters"),
        ("https://example.com/\0", "control characters"),
        ("https://example.com:99999/", "a port from 1 to 65535"),
        ("https://example.com:0/", "a port from 1 to 65535"),
        ("https://exa mple.com/", "valid host"),
        ("https://1.2.3.4.5/", "valid host"),
        ("https://[fe80::1%25eth0]/", "valid host"),
        ("https://[::1/", "valid host"),
        ("https://\ud800.example/", "control characters"),
        ("https://example.com/" + "a" * MAX_URL_CHARACTERS, "at most 8192"),
        ("https://example.com/" + "ü" * (MAX_URL_CHARACTERS // 2), "at most 8192"),
    ],
)
def test_what_cannot_be_fetched_is_refused_in_words(url: str, words: str) -> None:
    """The caller reads what was expected, and never what was received: a URL may hold a password."""
    with pytest.raises(ValueError, match="expected a URL") as refusal:
        normalize_url(url)
    assert words in str(refusal.value)
    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("https://cdn.example/image.jpg", "https://cdn.example/image.jpg"),
        ("//cdn.example/image.jpg", "https://cdn.example/image.jpg"),
        ("/image.jpg", "https://example.com/image.jpg"),
        ("../other.jpg", "https://example.com/a/other.jpg"),
        ("?size=2", "https://example.com/a/b/image.jpg?size=2"),
        ("http://2130706433/", "http://127.0.0.1/"),
    ],
)
def test_a_redirect_leads_to_a_normal_form(location: str, target: str) -> None:
    """What an origin sends is read by the same parser as what a caller sends."""
    assert normalize_redirect(location, BASE) == target


@pytest.mark.parametrize(
    "location", ["file:///etc/passwd", "javascript:1", "https://a:b@c/", "\\\\evil", "https://a:x/"]
)
def test_a_redirect_leads_to_the_web_only(location: str) -> None:
    """An origin cannot send the fetch where a caller could not."""
    with pytest.raises(ValueError, match="expected a URL"):
        normalize_redirect(location, BASE)


@given(st.text(max_size=40).map("https://example.com/{}".format) | st.text(max_size=40).map("http://{}".format))
def test_normalizing_twice_changes_nothing(url: str) -> None:
    """The normal form is its own normal form, or there is none."""
    try:
        normal = normalize_url(url)
    except ValueError:
        return
    assert normalize_url(normal) == normal


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://example.com/a?b=http://c:1/", UrlOrigin("https", "example.com", 443)),
        ("http://example.com:8080/", UrlOrigin("http", "example.com", 8080)),
        ("http://[::1]:81/", UrlOrigin("http", "::1", 81)),
    ],
)
def test_a_url_tells_whom_it_asks(url: str, origin: UrlOrigin) -> None:
    """With the port that is meant where none is written."""
    assert origin_of(url) == origin
