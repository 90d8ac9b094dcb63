"""Every spelling of a URL, and what an attacker or a careless program makes of one."""

import contextlib
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from yarl import URL

from pixelmill.domain.url import normalize_url, origin_of

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


REFUSED = [
    # what a parser would repair
    "http:/example.com",
    "http:\\\\example.com",
    "http://",
    "http://?a",
    "http://example.com@127.0.0.1/",
    "http://example.com\\@127.0.0.1/",
    "http://example.com/a\tb",
    "http://exam\nple.com/",
    "http://example.com/\x7f",
    "http://example.com/\x85",
    "http://example.com/\ud800",
    # hosts that no name server can be asked for
    "http://a..b/",
    "http://.a/",
    "http://./",
    "http://a.com../",
    "http://*.com/",
    "http://a;b.com/",
    "http://%2f/",
    "http://example.com%00.evil.com/",
    f"http://{'a' * 64}.com/",
    f"http://{'.'.join(['a' * 49] * 6)}/",
    # numbers that are no addresses and no ports
    "http://256.1.1.1/",
    "http://0x100000000/",
    "http://[::g]/",
    "http://[fe80::1%eth0]/",
    "http://example.com:-1/",
    "http://example.com:8a/",
]


@pytest.mark.parametrize("url", REFUSED)
def test_what_has_no_one_reading_is_refused(url: str) -> None:
    """Rather than guessed at."""
    with pytest.raises(ValueError, match="expected a URL"):
        normalize_url(url)


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


@given(urls)
@example("http://a_b.example/%41?/@c")
@example("http://[::ffff:1.2.3.4]:80/")
def test_every_other_parser_reads_the_same_host_and_port(url: str) -> None:
    """What is checked is what is dialed: nothing is left in the normal form that two programs read in two ways."""
    with contextlib.suppress(ValueError):
        normal = normalize_url(url)
        dialed, parts, (_, host, port) = URL(normal, encoded=True), urlsplit(normal), origin_of(normal)
        assert (dialed.raw_host, dialed.port) == (host, port)
        assert (parts.hostname, parts.port or {"http": 80, "https": 443}[parts.scheme]) == (host, port)
        assert str(dialed) == normal


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
