"""Mutants: images of every format with something wrong in them, the same ones for the same seed."""

import random
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from pixelmill.domain.source import ImageFormat
from pixelmill.domain.transformation import Transformation
from tests.support.hostile import png
from tests.support.kinds import kinds

HEADER_BYTES: Final = 256
HOW_MANY: Final = (1, 1, 1, 2, 3, 6)
"""Mutations of one image: after many a decoder finds the first and looks no further."""

MAX_REPEATS: Final = 50
REPAIRED: Final = 0.7
"""Share of PNGs whose checksums are right again: a decoder looks no further into those whose are not."""

Mutation = Callable[[bytearray, bytes, random.Random], None]
"""Changes an image; the other one is of the same format."""


@dataclass(frozen=True)
class Mutant:
    """A mutated image, and what is asked of it."""

    image_format: ImageFormat
    content: bytes
    asked: Transformation


def mutant(seed: int, number: int) -> Mutant:
    """The mutant of that number."""
    chance = random.Random(f"{seed}/{number}")  # noqa: S311 - to be the same again, not to be secret
    image_format = list(ImageFormat)[number % len(ImageFormat)]
    content, other = bytearray(chance.choice(kinds(image_format))), chance.choice(kinds(image_format))
    for _ in range(chance.choice(HOW_MANY)):
        chance.choice(MUTATIONS)(content, other, chance)
    if image_format is ImageFormat.PNG and chance.random() < REPAIRED:
        _repair(content)
    return Mutant(image_format, bytes(content), Transformation.model_validate(chance.choice(ASKED)))


ASKED: Final[list[dict[str, Any]]] = [
    {"width": 20},
    {"width": 20, "height": 20, "fit": "contain", "format": "png"},
    {"width": 20, "height": 20, "position": "attention", "format": "jpeg"},
    {"width": 60, "format": "webp", "effort": 0},
    {"width": 9, "height": 40, "fit": "fill", "format": "gif"},
    {"height": 20, "rotate": 90, "flip": True, "format": "jpeg"},
    {"height": 20, "rotate": 17, "trim": 10, "format": "png"},
    {"width": 10, "crop": {"left": 1, "top": 1, "width": 9, "height": 9}, "grayscale": True, "format": "jpeg"},
    {"width": 10, "blur": 2, "sharpen": 1, "placeholder": "blurhash", "format": "jpeg"},
    {"width": 10, "format": "avif", "effort": 0},
]


def _flip_bits(content: bytearray, _other: bytes, chance: random.Random) -> None:
    for _ in range(chance.randint(1, 3)):
        content[_place(content, chance)] ^= 1 << chance.randrange(8)


def _set_bytes(content: bytearray, _other: bytes, chance: random.Random) -> None:
    for _ in range(chance.randint(1, 10)):
        content[_place(content, chance)] = chance.choice((0, 0x7F, 0x80, 0xFF, chance.randrange(256)))


def _change_header(content: bytearray, _other: bytes, chance: random.Random) -> None:
    for _ in range(chance.randint(1, 2)):
        content[chance.randrange(min(HEADER_BYTES, len(content)))] = chance.randrange(256)


def _write_number(content: bytearray, _other: bytes, chance: random.Random) -> None:
    bits = chance.choice((16, 32))
    value = chance.choice((0, 1, 2, 255, 2**bits - 1, 2 ** (bits - 1), 2 ** (bits - 1) - 1, chance.getrandbits(bits)))
    at = chance.choice((_place(content, chance), chance.randrange(min(HEADER_BYTES, len(content)))))
    content[at : at + bits // 8] = value.to_bytes(bits // 8, chance.choice(("big", "little")))


def _cut_off(content: bytearray, _other: bytes, chance: random.Random) -> None:
    del content[max(1, _place(content, chance)) :]


def _take_out(content: bytearray, _other: bytes, chance: random.Random) -> None:
    start, end = _range(content, chance)
    del content[max(1, start) : end]


def _repeat(content: bytearray, _other: bytes, chance: random.Random) -> None:
    start, end = _range(content, chance)
    content[start:start] = content[start:end] * chance.randint(1, MAX_REPEATS if end - start < HEADER_BYTES else 2)


def _exchange(content: bytearray, _other: bytes, chance: random.Random) -> None:
    (first, end), at = _range(content, chance), _place(content, chance)
    part = content[first:end]
    del content[first:end]
    content[at:at] = part


def _splice(content: bytearray, other: bytes, chance: random.Random) -> None:
    (start, end), at = _range(other, chance), _place(content, chance)
    content[at : at + chance.choice((0, end - start))] = other[start:end]


MUTATIONS: Final[list[Mutation]] = [
    _flip_bits,
    _set_bytes,
    _change_header,
    _write_number,
    _cut_off,
    _take_out,
    _repeat,
    _exchange,
    _splice,
]


def _place(content: bytes | bytearray, chance: random.Random) -> int:
    return chance.randrange(len(content))


def _range(content: bytes | bytearray, chance: random.Random) -> tuple[int, int]:
    start = _place(content, chance)
    return start, start + chance.randint(1, chance.choice((8, 64, max(64, len(content) // 4))))


def _repair(content: bytearray) -> None:
    """Make the checksums of a PNG right, as far as its chunks follow each other."""
    at = len(png.SIGNATURE)
    while at + 12 <= len(content):
        end = at + 8 + struct.unpack_from(">I", content, at)[0]
        content[end : end + 4] = zlib.crc32(content[at + 4 : end]).to_bytes(4)
        at = end + 4
