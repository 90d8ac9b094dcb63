"""The cursor of a page: a position in a list by time, in a form callers pass back and do not read.

It holds nothing but the position, and whatever a caller makes of it is checked like any input, so it needs no
signature: a forged one leads at most to another page the caller may read anyway.
"""

import binascii
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from pixelmill.domain.errors import FieldError, InvalidRequest

MAX_CURSOR_CHARACTERS: Final = 128
"""Longer than any cursor of ours: 18 digits, a separator and an id of 64 characters, in base64."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_POSITION: Final = re.compile(r"(\d{1,18})\.([0-9A-Za-z_-]{1,64})", re.ASCII)


@dataclass(frozen=True)
class Position:
    """A place in a list: just after the entry of that time and id."""

    moment: datetime
    id: str


def encode(position: Position) -> str:
    """The cursor of a position; exact to the microsecond, as Postgres is."""
    microseconds = (position.moment - _EPOCH) // timedelta(microseconds=1)
    return urlsafe_b64encode(f"{microseconds}.{position.id}".encode()).decode().rstrip("=")


def decode(cursor: str) -> Position:
    """The position of a cursor.

    Raises:
        InvalidRequest: It is not one of ours.
    """
    match = _POSITION.fullmatch(_plain(cursor))
    if match is None:
        raise _not_ours()
    try:
        moment = _EPOCH + timedelta(microseconds=int(match[1]))
    except OverflowError:
        raise _not_ours() from None
    return Position(moment, match[2])


def _plain(cursor: str) -> str:
    if len(cursor) > MAX_CURSOR_CHARACTERS:
        return ""
    try:
        return urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
    except (binascii.Error, ValueError):
        return ""


def _not_ours() -> InvalidRequest:
    detail = "expected the next_cursor of an earlier page, received something else"
    return InvalidRequest([FieldError(field="cursor", detail=detail)])
