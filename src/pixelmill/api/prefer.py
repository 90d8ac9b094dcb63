"""The request header `Prefer` (RFC 7240), as far as it is honored here: `wait`."""

from typing import Final

from werkzeug.http import parse_list_header, unquote_header_value

_MOST_DIGITS: Final = 9
"""Longer numbers are no time anybody waits, and would cost time to read."""


def honored_wait_seconds(header: str | None, max_seconds: float) -> int | None:
    """How long to wait for the sake of a `Prefer` header, or None where it does not ask for it.

    A preference is never an error: what cannot be read is as if it were not there. The first `wait` counts.

    Args:
        header: The value of the header, if it was sent.
        max_seconds: The longest wait there is.
    """
    for preference in parse_list_header(header or ""):
        name, _, value = preference.partition(";")[0].partition("=")
        if name.strip().lower() == "wait":
            return min(_seconds(unquote_header_value(value.strip())), int(max_seconds)) or None
    return None


def _seconds(value: str) -> int:
    is_number = value.isascii() and value.isdigit() and len(value) <= _MOST_DIGITS
    return int(value) if is_number else 0
