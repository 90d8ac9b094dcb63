"""One form of every URL: what is checked is what is dialed.

The URL is read once, as browsers read it (the WHATWG URL standard, by the parser `ada`): hosts in Unicode become ASCII,
IPv4 addresses in octal, hexadecimal or with missing parts become four decimal numbers, dot segments are resolved. Then
its percent-encoding is put into the normal form of RFC 3986, section 6.2.2.
"""

import re
import unicodedata
from typing import Final

from ada_url import URL, HostType

from pixelmill.domain.limits import MAX_URL_CHARACTERS

MAX_HOST_CHARACTERS: Final = 253
"""RFC 1035, section 3.1: 255 bytes on the wire, two of which are the root and the first label's length."""

_SCHEME = re.compile(r"(?:http|https)://[^/?#]", re.IGNORECASE)
_LABEL = re.compile(r"[a-z0-9_-]{1,63}")
_PERCENT = re.compile(r"%([0-9A-Fa-f]{2})?")
_UNRESERVED: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_REFUSED_CATEGORIES: Final = frozenset({"Cc", "Cs"})
"""Unicode's control characters and lone surrogates."""


def normalize_url(url: str) -> str:
    """Put a source URL into its one normal form.

    The scheme is `http` or `https`; there are no credentials, no fragment and no default port; the host and what is
    percent-encoded have one spelling. A normal form is its own normal form.

    Raises:
        ValueError: It cannot be fetched; the message is public.
    """
    url = url.strip(" \t\r\n")
    _check_text(url)
    parsed = _parse(url)
    if parsed.username or parsed.password:
        raise ValueError("expected a URL without user name and password")
    if parsed.port == "0":
        raise ValueError("expected a port from 1 to 65535")
    _normalize_host(parsed)
    normal = (
        f"{parsed.protocol}//{parsed.host}{_normalize_percents(parsed.pathname)}{_normalize_percents(parsed.search)}"
    )
    if len(normal) > MAX_URL_CHARACTERS:
        raise ValueError(f"expected a URL of at most {MAX_URL_CHARACTERS} characters, percent-encoded")
    return normal


def _check_text(url: str) -> None:
    """Refuse what a parser would silently repair, before it does."""
    if not url:
        raise ValueError("expected a URL, received nothing")
    if len(url) > MAX_URL_CHARACTERS:
        raise ValueError(f"expected a URL of at most {MAX_URL_CHARACTERS} characters")
    if any(unicodedata.category(character) in _REFUSED_CATEGORIES for character in url):
        raise ValueError("expected a URL without control characters")
    if "\\" in url:
        raise ValueError("expected a URL without backslashes")
    if not _SCHEME.match(url):
        raise ValueError("expected a URL that starts with http:// or https:// and a host")


def _parse(url: str) -> URL:
    try:
        return URL(url)
    except ValueError:
        raise ValueError("expected a URL with a valid host and port") from None


def _normalize_host(parsed: URL) -> None:
    """Drop the root's dot, which changes nothing but the spelling, and refuse what no name server can be asked."""
    if parsed.host_type is not HostType.DEFAULT:
        return
    name = parsed.hostname.removesuffix(".")
    if len(name) > MAX_HOST_CHARACTERS or not all(_LABEL.fullmatch(label) for label in name.split(".")):
        raise ValueError("expected a URL with a valid host name")
    parsed.hostname = name


def _normalize_percents(text: str) -> str:
    return _PERCENT.sub(_normalize_percent, text)


def _normalize_percent(match: re.Match[str]) -> str:
    """Decode what needs no encoding, write the rest with capitals, and encode a percent sign that encodes nothing."""
    digits = match[1]
    if digits is None:
        return "%25"
    character = chr(int(digits, 16))
    return character if character in _UNRESERVED else f"%{digits.upper()}"
