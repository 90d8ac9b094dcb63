"""The cursor of a page of history: a position, in a form callers pass back and do not read.

It holds nothing but the position, and whatever a caller makes of it is checked like any input, so it needs no
signature: a forged one leads at most to another page the caller may read anyway.
"""

import binascii
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from pixelmill.audit.record import EXECUTION_ID_PATTERN
from pixelmill.domain.errors import FieldError, InvalidRequest

MAX_CURSOR_CHARACTERS: Final = 128
"""Longer than any cursor of ours: 18 digits, a separator and an execution id of 64, in base64."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_POSITION: Final = re.compile(rf"(\d{{1,18}})\.({EXECUTION_ID_PATTERN.strip('^$')})", re.ASCII)


@dataclass(frozen=True)
class Position:
    """A place in the history: just after this row."""

    finished_at: datetime
    execution_id: str


def encode(position: Position) -> str:
    """The cursor of a position; exact to the microsecond, as Postgres is."""
    microseconds = (position.finished_at - _EPOCH) // timedelta(microseconds=1)
    return urlsafe_b64encode(f"{microseconds}.{position.execution_id}".encode()).decode().rstrip("=")


def decode(cursor: str) -> Position:
    """The position of a cursor.

    Raises:
        InvalidRequest: It is not one of ours.
    """
    match = _POSITION.fullmatch(_plain(cursor))
    if match is None:
        raise _not_ours()
    try:
        finished_at = _EPOCH + timedelta(microseconds=int(match[1]))
    except OverflowError:
        raise _not_ours() from None
    return Position(finished_at, match[2])


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
