"""IPTC: caption, author and rights as JPEGs carry them (IPTC-IIM 4.2, in an image resource of Photoshop's)."""

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

_PHOTOSHOP: Final = b"Photoshop 3.0\0"
_RESOURCE: Final = struct.Struct(">4sHB")
_IPTC_RESOURCE: Final = 0x0404
_DATASET: Final = struct.Struct(">BBBH")
_TAG_MARKER: Final = 0x1C
_EXTENDED: Final = 0x8000

_CHARACTER_SET: Final = (1, 90)
_VERSION: Final = (2, 0)
BY_LINE: Final = (2, 80)
CREDIT: Final = (2, 110)
COPYRIGHT_NOTICE: Final = (2, 116)
RIGHTS: Final = frozenset({_CHARACTER_SET, _VERSION, BY_LINE, CREDIT, COPYRIGHT_NOTICE})
"""What says whose a picture is, and what is needed to read it: record and number of each dataset."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """One fact: its record and number, and its value."""

    key: tuple[int, int]
    value: bytes


def read_iptc(block: bytes) -> list[Dataset]:
    """The datasets of a block, up to where it makes no sense any more.

    Args:
        block: Image resources as JPEGs have them, or the datasets alone.
    """
    if not block.startswith(_PHOTOSHOP):
        return list(_datasets(block))
    resources = _resources(block.removeprefix(_PHOTOSHOP))
    return [dataset for kind, data in resources if kind == _IPTC_RESOURCE for dataset in _datasets(data)]


def write_iptc(datasets: Iterable[Dataset]) -> bytes:
    """A block with these datasets, as JPEGs have it."""
    data = b"".join(
        _DATASET.pack(_TAG_MARKER, *dataset.key, len(dataset.value)) + dataset.value for dataset in datasets
    )
    head = _RESOURCE.pack(b"8BIM", _IPTC_RESOURCE, 0) + b"\0" + struct.pack(">I", len(data))
    return _PHOTOSHOP + head + data + bytes(len(data) % 2)


def text_of(datasets: Iterable[Dataset], key: tuple[int, int]) -> str:
    """The values of a dataset that may be there more than once, in words; empty if it is not there."""
    return "; ".join(_decoded(dataset.value) for dataset in datasets if dataset.key == key)


def _decoded(value: bytes) -> str:
    # Few programs name the character set, and most that do not mean UTF-8.
    try:
        text = value.decode()
    except UnicodeDecodeError:
        text = value.decode("latin-1")
    return "".join(filter(str.isprintable, text)).strip()


def _resources(data: bytes) -> Iterator[tuple[int, bytes]]:
    position = 0
    while data[position : position + 4] == b"8BIM" and position + _RESOURCE.size <= len(data):
        _, kind, name_bytes = _RESOURCE.unpack_from(data, position)
        # The name, with the byte that tells its length, is padded to an even number of bytes.
        position += _RESOURCE.size + name_bytes + (name_bytes + 1) % 2
        size = int.from_bytes(data[position : position + 4], "big")
        yield kind, data[position + 4 : position + 4 + size]
        position += 4 + size + size % 2


def _datasets(data: bytes) -> Iterator[Dataset]:
    position = 0
    while position + _DATASET.size <= len(data):
        marker, record, number, size = _DATASET.unpack_from(data, position)
        position += _DATASET.size
        if marker != _TAG_MARKER or size >= _EXTENDED or position + size > len(data):
            return
        yield Dataset((record, number), data[position : position + size])
        position += size
