"""The cursor of a page."""

from base64 import urlsafe_b64encode
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixelmill.domain.cursor import MAX_CURSOR_CHARACTERS, Position, decode, encode
from pixelmill.domain.errors import InvalidRequest

positions = st.builds(
    Position,
    moment=st.datetimes(min_value=datetime(1970, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis adds the zone
    id=st.from_regex(r"[0-9A-Za-z_-]{1,64}", fullmatch=True),
)


@given(positions)
def test_a_cursor_leads_back_to_its_position(position: Position) -> None:
    """To the microsecond: a rounded time would skip or repeat rows."""
    assert decode(encode(position)) == position


@given(positions)
def test_a_cursor_needs_no_escaping_in_a_query_string(position: Position) -> None:
    """Callers paste it into a URL."""
    cursor = encode(position)

    assert cursor.replace("-", "").replace("_", "").isalnum()
    assert len(cursor) <= MAX_CURSOR_CHARACTERS


@given(st.text() | st.binary().map(lambda data: urlsafe_b64encode(data).decode()))
def test_anything_else_is_refused_by_name(text: str) -> None:
    """Never an internal error, never a wrong page."""
    with pytest.raises(InvalidRequest) as refusal:
        decode(text)

    assert [error.field for error in refusal.value.errors] == ["cursor"]


@pytest.mark.parametrize(
    "plain",
    [
        "999999999999999999.a",
        "1700000000000000",
        "1700000000000000.",
        "-5.abc",
        "1.a\0b",
        "1.a;b",
        "1." + "a" * 65,
        "²7.ab",
    ],
)
def test_a_cursor_with_impossible_contents_is_refused(plain: str) -> None:
    """What could not have come from us does not reach Postgres."""
    with pytest.raises(InvalidRequest):
        decode(urlsafe_b64encode(plain.encode()).decode().rstrip("="))
