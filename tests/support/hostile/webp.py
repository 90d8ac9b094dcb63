"""Hostile WebPs (RFC 9649, WebP image format)."""

import struct
from functools import partial

import numpy as np

from tests.support.bombs import announcing
from tests.support.hostile.case import LAUGHS, MADE, Case
from tests.support.images import encode, photo, plain

SMALL = encode(photo(64, 48), "WEBP")
LOSSLESS = encode(photo(64, 48), "WEBP", lossless=True)
PICTURE, PICTURE_LOSSLESS = SMALL[12:], LOSSLESS[12:]
ANIMATED, XMP, EXIF, ALPHA, PROFILE = 0x02, 0x04, 0x08, 0x10, 0x20


def chunk(kind: bytes, data: bytes, size: int | None = None) -> bytes:
    return kind + struct.pack("<I", len(data) if size is None else size) + data + b"\0" * (len(data) % 2)


def riff(*chunks: bytes, size: int | None = None) -> bytes:
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body) if size is None else size) + body


def extended(width: int, height: int, flags: int) -> bytes:
    return chunk(
        b"VP8X", struct.pack("<I", flags) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    )


def frame(left: int, top: int, width: int, height: int, picture: bytes = PICTURE) -> bytes:
    numbers = (left // 2, top // 2, width - 1, height - 1, 100)
    return chunk(b"ANMF", b"".join(n.to_bytes(3, "little") for n in numbers) + b"\0" + picture)


def animated(canvas: tuple[int, int], *frames: bytes) -> bytes:
    return riff(extended(*canvas, ANIMATED), chunk(b"ANIM", bytes(6)), *frames)


def lossless_header(width: int, height: int) -> bytes:
    packed = (width - 1) | (height - 1) << 14
    return riff(chunk(b"VP8L", b"\x2f" + struct.pack("<I", packed) + PICTURE_LOSSLESS[13:]))


def with_chunks(flags: int, *chunks: bytes) -> bytes:
    return riff(extended(64, 48, flags), *chunks, PICTURE)


TINY = encode(plain(1, 1, (9, 9, 9)), "WEBP", lossless=True)[12:]
BLACK = np.zeros((8000, 8000, 3), np.uint8)

CASES = [
    Case("a header of 256 megapixels", partial(announcing, "webp", 16_383, 16_383), "too_many_pixels"),
    Case("a lossless header of 256 megapixels", lambda: lossless_header(16_384, 16_384), "corrupt_image"),
    Case("a lossless header of 64 megapixels", lambda: lossless_header(8000, 8000), "corrupt_image"),
    Case("a canvas of 280 terapixels", lambda: riff(extended(2**24, 2**24, 0), PICTURE), "corrupt_image"),
    Case(
        "a canvas of 64 megapixels around a small picture",
        lambda: riff(extended(8000, 8000, 0), PICTURE),
        "corrupt_image",
    ),
    Case("a canvas smaller than the picture", lambda: riff(extended(8, 8, 0), PICTURE), "corrupt_image"),
    Case("64 megapixels of nothing, lossless", lambda: encode(BLACK, "WEBP", lossless=True, quality=0, method=0), MADE),
    Case("64 megapixels of nothing", lambda: encode(BLACK, "WEBP", quality=0, method=0), MADE),
    Case("one line of 16000 pixels", lambda: encode(plain(16_000, 1, (9, 9, 9)), "WEBP"), MADE),
    Case("16000 lines of one pixel", lambda: encode(plain(1, 16_000, (9, 9, 9)), "WEBP"), MADE),
    Case("30000 frames of one pixel", lambda: animated((1, 1), frame(0, 0, 1, 1, TINY) * 30_000), "too_many_pixels"),
    Case("256 frames on 64 megapixels", lambda: animated((8000, 8000), frame(0, 0, 64, 48) * 256), "too_many_pixels"),
    Case(
        "2 frames on 64 megapixels",
        lambda: animated((8000, 8000), frame(0, 0, 64, 48) * 2),
        MADE,
        cpu_seconds=9,
        peak_mebibytes=1400,
    ),
    Case("a frame outside the canvas", lambda: animated((64, 48), frame(1000, 1000, 64, 48)), "corrupt_image"),
    Case("a frame larger than the canvas", lambda: animated((8, 8), frame(0, 0, 64, 48)), "corrupt_image"),
    Case("a frame of another size than its picture", lambda: animated((640, 480), frame(0, 0, 640, 480)), MADE),
    Case(
        "a second frame that is damaged",
        lambda: animated((64, 48), frame(0, 0, 64, 48), frame(0, 0, 64, 48, PICTURE[:200])),
        "corrupt_image",
    ),
    Case("an animation without frames", lambda: animated((64, 48)), "corrupt_image"),
    Case("a file longer than it is", lambda: riff(PICTURE, size=2**32 - 1), "corrupt_image"),
    Case("a file shorter than it is", lambda: riff(PICTURE, size=4), "corrupt_image"),
    Case(
        "a chunk of 4 gigabytes",
        lambda: riff(extended(64, 48, PROFILE), chunk(b"ICCP", b"data", 2**32 - 1), PICTURE),
        "corrupt_image",
    ),
    Case("a million unknown chunks", lambda: with_chunks(0, chunk(b"abcd", b"") * 1_000_000), MADE, cpu_seconds=3),
    Case(
        "a profile of 30 megabytes",
        lambda: with_chunks(PROFILE, chunk(b"ICCP", bytes(30 * 10**6))),
        MADE,
        peak_mebibytes=300,
    ),
    Case("a profile that is not there", lambda: with_chunks(PROFILE), MADE),
    Case(
        "EXIF of 30 megabytes",
        lambda: with_chunks(EXIF, chunk(b"EXIF", b"II*\0\x08\0\0\0" + bytes(30 * 10**6))),
        MADE,
        peak_mebibytes=300,
    ),
    Case("a billion laughs in XMP", lambda: with_chunks(XMP, chunk(b"XMP ", LAUGHS)), MADE),
    Case(
        "alpha that is nonsense",
        lambda: with_chunks(ALPHA, chunk(b"ALPH", b"\x01" + b"nonsense" * 20)),
        "corrupt_image",
    ),
    Case("a script behind the end", lambda: SMALL + b"<script>alert(1)</script>", MADE),
    Case(
        "an animation inside a frame",
        lambda: animated((64, 48), frame(0, 0, 64, 48, animated((64, 48), frame(0, 0, 64, 48))[12:])),
        "corrupt_image",
    ),
]
