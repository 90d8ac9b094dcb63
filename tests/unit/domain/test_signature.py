"""Signed queries."""

from hypothesis import given
from hypothesis import strategies as st

from pixelmill.domain.signature import canonical_query, is_signed, signature_of

KEY = "a key of sixteen"
QUERY = {"width": "300", "image_url": "https://example.com/a b.jpg?x=1&y=é"}
TEXT = st.text(max_size=20)


def test_the_signature_is_the_documented_one() -> None:
    """As `printf %s '/resize?…' | openssl dgst -sha256 -hmac 'a key of sixteen'` has it."""
    spelled = "image_url=https%3A%2F%2Fexample.com%2Fa%20b.jpg%3Fx%3D1%26y%3D%C3%A9&width=300"

    assert canonical_query(QUERY) == spelled
    assert signature_of(QUERY, KEY) == "2f18dd10831b12f292a3a2fb47f5cab7763d96f4fc656756a88c774707ee5bda"


def test_any_of_the_keys_will_do() -> None:
    """So that keys can be changed while old URLs are still about."""
    signed = QUERY | {"signature": signature_of(QUERY, KEY)}

    assert is_signed(signed, ["another key of ours", KEY])
    assert not is_signed(signed, ["another key of ours"])
    assert not is_signed(QUERY, [KEY])


@given(st.dictionaries(TEXT, TEXT, max_size=4), TEXT, TEXT)
def test_a_change_of_anything_breaks_it(query: dict[str, str], name: str, value: str) -> None:
    """Whatever is added, removed or changed."""
    query.pop("signature", None)
    signed = query | {"signature": signature_of(query, KEY)}
    changed = {**signed, name: value}

    assert is_signed(signed, [KEY])
    assert is_signed(changed, [KEY]) == (changed == signed)
