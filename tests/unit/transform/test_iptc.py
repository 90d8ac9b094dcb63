"""IPTC is read as far as it makes sense, and written as it was."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixelmill.transform.iptc import BY_LINE, COPYRIGHT_NOTICE, Dataset, read_iptc, text_of, write_iptc

FACTS = [Dataset((1, 90), b"\x1b%G"), Dataset(BY_LINE, "Jörg".encode()), Dataset(COPYRIGHT_NOTICE, b"(c) Foo")]
datasets = st.builds(Dataset, st.tuples(st.integers(0, 255), st.integers(0, 255)), st.binary(max_size=300))


@given(st.lists(datasets, max_size=10))
def test_what_is_written_is_read(facts: list[Dataset]) -> None:
    """Of any length, even and odd."""
    assert read_iptc(write_iptc(facts)) == facts


@given(st.binary(max_size=200), st.booleans())
def test_nonsense_has_no_datasets_or_some(block: bytes, has_head: bool) -> None:  # noqa: FBT001 - hypothesis gives it
    """Never anything else."""
    assert isinstance(read_iptc(b"Photoshop 3.0\0" * has_head + block), list)


@given(st.lists(datasets, min_size=1, max_size=5), st.data())
def test_a_block_that_ends_early_is_read_as_far_as_it_goes(facts: list[Dataset], data: st.DataObject) -> None:
    """The datasets before the end are whole."""
    block = write_iptc(facts)
    read = read_iptc(block[: data.draw(st.integers(0, len(block)))])
    assert read == facts[: len(read)]


def test_other_resources_of_photoshop_are_passed_by() -> None:
    """They have names, padded to an even number of bytes, and data, padded likewise."""

    def resource(kind: int, name: bytes, data: bytes) -> bytes:
        padded = bytes((len(name),)) + name + bytes((len(name) + 1) % 2)
        return b"8BIM" + struct.pack(">H", kind) + padded + struct.pack(">I", len(data)) + data + bytes(len(data) % 2)

    block = write_iptc(FACTS).removeprefix(b"Photoshop 3.0\0")

    for name, data in ((b"", b"odd"), (b"ab", b"even"), (b"abc", b"")):
        assert read_iptc(b"Photoshop 3.0\0" + resource(0x0409, name, data) + block) == FACTS


def test_datasets_may_come_without_photoshop() -> None:
    """As a TIFF has them."""
    assert read_iptc(write_iptc(FACTS[:2]).partition(b"\x1c")[2].join((b"\x1c", b""))) == FACTS[:2]


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ([], ""),
        ([b" Foo\0\x07 \n"], "Foo"),
        (["Jörg".encode(), b"Ann"], "Jörg; Ann"),
        (["Jörg".encode("latin-1")], "Jörg"),
    ],
)
def test_values_become_text(values: list[bytes], text: str) -> None:
    """Several of one kind are put together; old programs wrote Latin-1."""
    assert text_of([Dataset(BY_LINE, value) for value in values], BY_LINE) == text
