"""The request header `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header)."""

from typing import Final

import http_sf

from pixelmill.domain.errors import MalformedRequest

MAX_KEY_CHARACTERS: Final = 255


def received_key(header: str | None) -> str | None:
    """The key in the header, if it was sent: a string of Structured Fields (RFC 9651), whose parameters mean nothing.

    Raises:
        MalformedRequest: It is anything else, or of a length that is not accepted.
    """
    if header is None:
        return None
    try:
        item = http_sf.parse(header.encode("latin-1"), tltype="item")
    except (http_sf.StructuredFieldError, UnicodeEncodeError) as error:
        raise _malformed("something else") from error
    match item:
        case (str() as key, _) if 0 < len(key) <= MAX_KEY_CHARACTERS:
            return key
        case (str() as key, _):
            raise _malformed(f"{len(key):,} characters")
        case _:
            raise _malformed("something else")


def _malformed(received: str) -> MalformedRequest:
    return MalformedRequest(
        f'Idempotency-Key: expected a string in quotes of 1 to {MAX_KEY_CHARACTERS} ASCII characters, like "8e03978e", '
        f"received {received}."
    )
