"""Signatures of `/resize` URLs: who has no key cannot have the service make images.

The signature is the HMAC-SHA256 (RFC 2104), in hexadecimal, of `/resize?` and the canonical query: every parameter but
the signature itself, sorted by name, names and values percent-encoded but for the unreserved characters of RFC 3986.
"""

import hmac
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Final
from urllib.parse import quote, urlencode

PATH: Final = "/resize"
SIGNATURE: Final = "signature"
MIN_KEY_CHARACTERS: Final = 16


def canonical_query(query: Mapping[str, str]) -> str:
    """The one spelling of a query that is signed."""
    signed = sorted((name, value) for name, value in query.items() if name != SIGNATURE)
    return urlencode(signed, safe="", quote_via=quote)


def signature_of(query: Mapping[str, str], key: str) -> str:
    """The signature of a query, as 64 hex digits."""
    return hmac.new(key.encode(), f"{PATH}?{canonical_query(query)}".encode(), sha256).hexdigest()


def is_signed(query: Mapping[str, str], keys: Iterable[str]) -> bool:
    """Whether a query carries a signature by one of the keys."""
    given = query.get(SIGNATURE, "").encode()
    return any(hmac.compare_digest(signature_of(query, key).encode(), given) for key in keys)
