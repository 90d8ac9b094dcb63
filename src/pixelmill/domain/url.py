"""One form of every source URL: what is identified is what is checked is what is dialled.

One parser reads them all (WHATWG's, that of browsers), so that no two parts of the service can read two hosts in one
URL. It resolves what is only spelling: a host in other cases or scripts or percent-encoded, an IPv4 address in octal,
hexadecimal or as one number, a port that is the default, dots in a path.
"""

import re
from typing import Final

from ada_url import URL

from pixelmill.domain.limits import MAX_URL_CHARACTERS

_SCHEMES: Final = frozenset({"http:", "https:"})
_ABSOLUTE: Final = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#]", re.IGNORECASE)
_FORBIDDEN: Final = re.compile(r"[\x00-\x1f\x7f\\]")
"""Browsers drop some control characters and read a backslash as a slash; other programs do neither."""


def normalize_url(url: str) -> str:
    """Put the URL of a source into its one normal form. Space around it and a fragment are dropped.

    Raises:
        ValueError: It cannot be fetched; the message is public.
    """
    absolute = url.strip(" ")
    if not _ABSOLUTE.match(absolute):
        raise ValueError("expected a URL like https://example.com/image.jpg")
    return _normalize(absolute, base=None)


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
    if _FORBIDDEN.search(url):
        raise ValueError("expected a URL without control characters and backslashes")
    try:
        parsed = URL(url, base)
    except ValueError:
        raise ValueError("expected a URL with a valid host, and a port from 1 to 65535 if any") from None
    if parsed.protocol not in _SCHEMES:
        raise ValueError("expected a URL that begins with http:// or https://")
    if parsed.username or parsed.password:
        raise ValueError("expected a URL without a user name and password")
    if not parsed.hostname or parsed.port == "0":
        raise ValueError("expected a URL with a valid host, and a port from 1 to 65535 if any")
    parsed.hash = ""
    if len(parsed.href) > MAX_URL_CHARACTERS:
        raise ValueError(f"expected a URL of at most {MAX_URL_CHARACTERS} characters")
    return parsed.href
