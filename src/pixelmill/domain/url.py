"""One form of every source URL: what is identified is what is checked is what is dialed.

One parser reads them all (WHATWG's, that of browsers), so that no two parts of the service can read two hosts in one
URL. It resolves what is only spelling: a host in other cases or scripts or percent-encoded, an IPv4 address in octal,
hexadecimal or as one number, a port that is the default, dots in a path. What it leaves of the percent-encoding is put
into the normal form of RFC 3986, section 6.2.2.
"""

import re
import unicodedata
from typing import Final, NamedTuple

from ada_url import URL, HostType

from pixelmill.domain.limits import MAX_URL_CHARACTERS

MAX_HOST_CHARACTERS: Final = 253
"""RFC 1035, section 3.1: 255 bytes on the wire, two of which are the root and the first label's length."""

_DEFAULT_PORTS: Final = {"http:": 80, "https:": 443}
_ABSOLUTE: Final = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#]", re.IGNORECASE)
_LABEL: Final = re.compile(r"[a-z0-9_-]{1,63}")
_PERCENT: Final = re.compile(r"%([0-9A-Fa-f]{2})?")
_UNRESERVED: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_FORBIDDEN_CATEGORIES: Final = frozenset({"Cc", "Cs"})
"""Unicode's control characters and lone surrogates."""

_BAD_HOST: Final = "expected a URL with a valid host, and a port from 1 to 65535 if any"


class UrlOrigin(NamedTuple):
    """Whom a URL asks: scheme, host, port. An IPv6 address is without its brackets."""

    scheme: str
    host: str
    port: int


def origin_of(url: str) -> UrlOrigin:
    """Whom a normalized URL asks, as the parser that normalized it reads it."""
    parsed = URL(url)
    port = int(parsed.port) if parsed.port else _DEFAULT_PORTS[parsed.protocol]
    return UrlOrigin(parsed.protocol.removesuffix(":"), parsed.hostname.strip("[]"), port)


def normalize_url(url: str) -> str:
    """Put the URL of a source into its one normal form. Space around it and a fragment are dropped.

    Raises:
        ValueError: It cannot be fetched; the message is public.
    """
    absolute = url.strip(" \t\r\n")
    if not _ABSOLUTE.match(absolute):
        raise ValueError("expected a URL like https://example.com/image.jpg")
    return _normalize(absolute, base=None)


def normalize_host(name: str) -> str:
    """Put a host into the form it has in normalized URLs.

    Raises:
        ValueError: It is none, or more than one; IPv6 addresses are not taken.
    """
    normal = normalize_url(f"http://{name}")
    host = origin_of(normal).host
    if ":" in name or normal != f"http://{host}/":
        raise ValueError("expected a host such as example.com")
    return host


def normalize_redirect(location: str, base: str) -> str:
    """The normal form of where a redirect leads.

    Args:
        location: As the origin sent it, absolute or relative.
        base: Where it was sent from, normalized.

    Raises:
        ValueError: It cannot be fetched; the message is public.
    """
    return _normalize(location, base)


def _normalize(url: str, base: str | None) -> str:
    check_characters(url)
    parsed = _parsed(url, base)
    if parsed.protocol not in _DEFAULT_PORTS:
        raise ValueError("expected a URL that begins with http:// or https://")
    if parsed.username or parsed.password:
        raise ValueError("expected a URL without a user name and password")
    _normalize_host(parsed)
    path, query = _normalize_percents(parsed.pathname), _normalize_percents(parsed.search)
    normal = f"{parsed.protocol}//{parsed.host}{path}{query}"
    if len(normal) > MAX_URL_CHARACTERS:
        raise ValueError(f"expected a URL of at most {MAX_URL_CHARACTERS} characters")
    return normal


def check_characters(url: str) -> None:
    """Browsers drop some control characters and read a backslash as a slash; other programs do neither.

    Raises:
        ValueError: There are such; the message is public.
    """
    if "\\" in url or any(unicodedata.category(character) in _FORBIDDEN_CATEGORIES for character in url):
        raise ValueError("expected a URL without control characters and backslashes")


def _parsed(url: str, base: str | None) -> URL:
    try:
        return URL(url, base)
    except ValueError:
        raise ValueError(_BAD_HOST) from None


def _normalize_host(parsed: URL) -> None:
    """Drop the root's dot, which changes nothing but the spelling; refuse what no name server can be asked for."""
    if parsed.port == "0":
        raise ValueError(_BAD_HOST)
    if parsed.host_type is not HostType.DEFAULT:
        return
    name = parsed.hostname.removesuffix(".")
    if len(name) > MAX_HOST_CHARACTERS or not all(_LABEL.fullmatch(label) for label in name.split(".")):
        raise ValueError(_BAD_HOST)
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
