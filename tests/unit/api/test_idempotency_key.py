"""The `Idempotency-Key` header: a string of Structured Fields, and nothing else."""

import pytest

from pixelmill.api.idempotency_key import received_key
from pixelmill.domain.errors import MalformedRequest


@pytest.mark.parametrize(
    ("header", "key"),
    [
        (None, None),
        ('"8e03978e-40d5-43dd-bc93-6894a57f9324"', "8e03978e-40d5-43dd-bc93-6894a57f9324"),
        ('  "a"  ', "a"),
        (r'"a \"b\" \\"', r'a "b" \\'[:-1]),
        ('"a"; since=1', "a"),
        (f'"{"a" * 255}"', "a" * 255),
    ],
)
def test_a_string_is_a_key(header: str | None, key: str | None) -> None:
    """Without its quotes; parameters are allowed, and mean nothing."""
    assert received_key(header) == key


@pytest.mark.parametrize(
    ("header", "received"),
    [
        ("", "something else"),
        ("8e03978e", "something else"),
        ("'a'", "something else"),
        ('"a', "something else"),
        ('"a", "b"', "something else"),
        ('("a")', "something else"),
        ("12", "something else"),
        (":YQ==:", "something else"),
        ('%"a"', "something else"),
        ('"ä"', "something else"),
        ('"\N{SNOWMAN}"', "something else"),
        ('"\t"', "something else"),
        ('""', "0 characters"),
        (f'"{"a" * 256}"', "256 characters"),
    ],
)
def test_anything_else_is_refused(header: str, received: str) -> None:
    """By its name: two requests under one misread key would be one."""
    with pytest.raises(MalformedRequest) as error:
        received_key(header)
    assert error.value.detail == (
        'Idempotency-Key: expected a string in quotes of 1 to 255 ASCII characters, like "8e03978e", '
        f"received {received}."
    )
