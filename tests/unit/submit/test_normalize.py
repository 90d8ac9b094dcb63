"""One form of every URL, and none for what must not be dialed."""

import contextlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pixelmill.domain.limits import MAX_URL_CHARACTERS
from pixelmill.submit.normalize import normalize_url

SAME = [
    ("https://example.com/cat.jpg", "https://example.com/cat.jpg"),
    # scheme, host and port
    ("HTTPS://EXAMPLE.com", "https://example.com/"),
    ("https://example.com:443/a", "https://example.com/a"),
    ("http://example.com:80/a", "http://example.com/a"),
    ("http://example.com:0080/a", "http://example.com/a"),
    ("http://example.com:/a", "http://example.com/a"),
    ("http://example.com:443/a", "http://example.com:443/a"),
    ("http://example.com./a", "http://example.com/a"),
    ("http://exa_mple.com/a", "http://exa_mple.com/a"),
    ("http://localhost:5000", "http://localhost:5000/"),
    (" https://example.com/a\n", "https://example.com/a"),
    # names in Unicode
    ("https://bücher.example/", "https://xn--bcher-kva.example/"),
    ("https://BÜCHER.example/", "https://xn--bcher-kva.example/"),
    ("https://xn--bcher-kva.example/", "https://xn--bcher-kva.example/"),
    ("https://faß.example/", "https://xn--fa-hia.example/"),
    ("https://例え。example/", "https://xn--r8jz45g.example/"),
    ("http://ex%61mple.com/", "http://example.com/"),
    ("http://ｅｘａｍｐｌｅ.com/", "http://example.com/"),  # noqa: RUF001 - that is the case
    # IPv4 addresses in disguise
    ("http://127.1/", "http://127.0.0.1/"),
    ("http://2130706433/", "http://127.0.0.1/"),
    ("http://0x7f000001/", "http://127.0.0.1/"),
    ("http://0x7F.0.0.0x1/", "http://127.0.0.1/"),
    ("http://0177.0.0.01/", "http://127.0.0.1/"),
    ("http://017700000001/", "http://127.0.0.1/"),
    ("http://127.0.0.1./", "http://127.0.0.1/"),
    ("http://１２７。０。０。１/", "http://127.0.0.1/"),  # noqa: RUF001 - that is the case
    ("http://①②⑦.0.0.1/", "http://127.0.0.1/"),
    ("http://%31%32%37.0.0.1/", "http://127.0.0.1/"),
    ("http://169.254.43518/", "http://169.254.169.254/"),
    # IPv6 addresses
    ("http://[0:0:0:0:0:0:0:1]/", "http://[::1]/"),
    ("http://[::FFFF:127.0.0.1]/", "http://[::ffff:7f00:1]/"),
    ("http://[2001:DB8::1]:8080/", "http://[2001:db8::1]:8080/"),
    # path
    ("https://example.com/a/../b/./c", "https://example.com/b/c"),
    ("https://example.com/../../a", "https://example.com/a"),
    ("https://example.com/a/%2e%2E/b", "https://example.com/b"),
    ("https://example.com/a//b", "https://example.com/a//b"),
    ("https://example.com/%7Euser/%41", "https://example.com/~user/A"),
    ("https://example.com/%c3%a4", "https://example.com/%C3%A4"),
    ("https://example.com/ä", "https://example.com/%C3%A4"),
    ("https://example.com/a b", "https://example.com/a%20b"),
    ("https://example.com/a%2fb", "https://example.com/a%2Fb"),
    ("https://example.com/100%", "https://example.com/100%25"),
    ("https://example.com/%zz%4", "https://example.com/%25zz%254"),
    ("https://example.com/%%41", "https://example.com/%25A"),
    ("https://example.com/%25%34%31", "https://example.com/%2541"),
    # query and fragment
    ("https://example.com?a=1", "https://example.com/?a=1"),
    ("https://example.com/?a=%2f&b=%7e&c=ü", "https://example.com/?a=%2F&b=~&c=%C3%BC"),
    ("https://example.com/?a=1&a=0", "https://example.com/?a=1&a=0"),
    ("https://example.com/a#top", "https://example.com/a"),
    ("https://example.com/a?#", "https://example.com/a"),
]


@pytest.mark.parametrize(("url", "normal"), SAME)
def test_every_spelling_has_one_form(url: str, normal: str) -> None:
    """Which is its own form."""
    assert normalize_url(url) == normal
    assert normalize_url(normal) == normal


HTTP = "starts with http:// or https://"
REFUSED = [
    ("", "received nothing"),
    ("  ", "received nothing"),
    ("cat.jpg", HTTP),
    ("//example.com/a", HTTP),
    ("ftp://example.com/a", HTTP),
    ("file:///etc/passwd", HTTP),
    ("data:image/png;base64,AAAA", HTTP),
    ("javascript:alert(1)", HTTP),
    ("gopher://example.com", HTTP),
    ("http:example.com", HTTP),
    ("http:/example.com", HTTP),
    ("http:///example.com", HTTP),
    ("http://", HTTP),
    ("http://?a", HTTP),
    ("http://user@example.com/", "user name and password"),
    ("http://user:secret@example.com/", "user name and password"),
    ("http://:secret@example.com/", "user name and password"),
    ("http://example.com@127.0.0.1/", "user name and password"),
    ("http://example.com\\@127.0.0.1/", "backslashes"),
    ("http:\\\\example.com", "backslashes"),
    ("http://example.com/a\tb", "control characters"),
    ("http://exam\nple.com/", "control characters"),
    ("http://example.com/\x00", "control characters"),
    ("http://example.com/\x7f", "control characters"),
    ("http://example.com/\x85", "control characters"),
    ("http://example.com/\ud800", "control characters"),
    ("http://example.com:0/", "port from 1 to 65535"),
    ("http://example.com:65536/", "host and port"),
    ("http://example.com:-1/", "host and port"),
    ("http://example.com:8a/", "host and port"),
    ("http://exam ple.com/", "host and port"),
    ("http://example.com%00.evil.com/", "host and port"),
    ("http://%2f/", "host and port"),
    ("http://256.1.1.1/", "host and port"),
    ("http://1.2.3.4.5/", "host and port"),
    ("http://0x100000000/", "host and port"),
    ("http://[::1/", "host and port"),
    ("http://[::g]/", "host and port"),
    ("http://[fe80::1%25eth0]/", "host and port"),
    ("http://[fe80::1%eth0]/", "host and port"),
    ("http://a..b/", "host name"),
    ("http://.a/", "host name"),
    ("http://./", "host name"),
    ("http://a.com../", "host name"),
    ("http://*.com/", "host name"),
    ("http://a;b.com/", "host name"),
    (f"http://{'a' * 64}.com/", "host name"),
    (f"http://{'.'.join(['a' * 49] * 6)}/", "host name"),
    ("https://example.com/" + "a" * MAX_URL_CHARACTERS, f"at most {MAX_URL_CHARACTERS} characters"),
    ("https://example.com/" + "ä" * (MAX_URL_CHARACTERS // 2), f"at most {MAX_URL_CHARACTERS} characters"),
]


@pytest.mark.parametrize(("url", "reason"), REFUSED)
def test_what_cannot_be_fetched_is_refused(url: str, reason: str) -> None:
    """With a sentence that says what was expected and shows none of the URL, which may hold a secret."""
    with pytest.raises(ValueError, match="expected") as refusal:
        normalize_url(url)
    assert reason in str(refusal.value)
    assert "secret" not in str(refusal.value)


hosts = st.one_of(
    st.from_regex(r"[a-zA-Z0-9.\-_%]{1,20}", fullmatch=True),
    st.ip_addresses(v=4).map(str),
    st.ip_addresses(v=6).map("[{}]".format),
    st.text(min_size=1, max_size=10),
)
urls = st.one_of(
    st.text(),
    st.builds(
        "{}://{}{}/{}?{}#{}".format,
        st.sampled_from(["http", "https", "HTTP"]),
        hosts,
        st.one_of(st.just(""), st.integers(-1, 70_000).map(":{}".format)),
        st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("%/.2eE~25"), max_size=30),
        st.text(max_size=20),
        st.text(max_size=5),
    ),
)


@given(urls)
@example("http://a/%2%35")
@example("http://a/.%2e/%2E./%")
def test_the_form_is_stable_and_plain(url: str) -> None:
    """Whatever comes in: a refusal, or printable ASCII that normalizes to itself."""
    with contextlib.suppress(ValueError):
        normal = normalize_url(url)
        assert normalize_url(normal) == normal
        assert normal.isascii()
        assert normal.isprintable()
        assert " " not in normal
        assert normal.startswith(("http://", "https://"))


def refusal_of(url: str) -> Exception | None:
    try:
        normalize_url(url)
    except Exception as error:  # noqa: BLE001 - the question is which
        return error
    return None


@given(st.text(max_size=50), st.sampled_from(["", "http://", "https://example.com/"]))
def test_nothing_but_a_value_error_is_raised(url: str, prefix: str) -> None:
    """Least of all one of its kind whose text is the library's, such as a UnicodeEncodeError."""
    refusal = refusal_of(prefix + url)
    assert refusal is None or (type(refusal) is ValueError and str(refusal).startswith("expected"))
