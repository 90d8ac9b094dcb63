"""Hostile GIFs (GIF89a specification)."""

import struct
from functools import partial

from tests.support.bombs import announcing
from tests.support.hostile.case import LAUGHS, MADE, Case
from tests.support.images import encode, photo

SMALL = encode(photo(64, 48), "GIF")
TABLE = bytes(range(256)) * 3
END = b"\x3b"
CLEAR, END_OF_IMAGE, MIN_CODE_BITS, MAX_CODE_BITS = 256, 257, 9, 12


def screen(width: int, height: int, flags: int = 0xF7, table: bytes = TABLE) -> bytes:
    return b"GIF89a" + struct.pack("<HHBBB", width, height, flags, 0, 0) + table


def blocks(data: bytes) -> bytes:
    return (
        b"".join(bytes((len(part),)) + part for part in (data[at : at + 255] for at in range(0, len(data), 255)))
        + b"\0"
    )


def image(at: tuple[int, int], size: tuple[int, int], data: bytes, code_size: int = 8) -> bytes:
    return b"\x2c" + struct.pack("<HHHHB", *at, *size, 0) + bytes((code_size,)) + blocks(data)


def nothing(pixels: int) -> bytes:
    """So many pixels of color 0 and more, by LZW codes each of which stands for one more of them than the last."""
    codes = [(CLEAR, MIN_CODE_BITS), (0, MIN_CODE_BITS)]
    made, run, next_code, bits = 1, 1, END_OF_IMAGE + 1, MIN_CODE_BITS
    while made < pixels:
        if next_code < 2**MAX_CODE_BITS:
            codes.append((next_code, bits))
            next_code, run = next_code + 1, run + 1
            bits = min(next_code.bit_length(), MAX_CODE_BITS)
        else:
            codes.append((next_code - 1, bits))
        made += run
    codes.append((END_OF_IMAGE, bits))
    return packed(codes)


def packed(codes: list[tuple[int, int]]) -> bytes:
    """Codes and their lengths, one behind the other from the lowest bit up."""
    digits = "".join(f"{code:0{length}b}" for code, length in reversed(codes))
    return int(digits, 2).to_bytes(-(-len(digits) // 8), "little")


DOT = nothing(1)
CONTROL = b"\x21\xf9\x04\x00\x0a\x00\x00\x00"

CASES = [
    Case("a header of 4 gigapixels", partial(announcing, "gif", 65_535, 65_535), "too_many_pixels"),
    Case("a screen of 64 megapixels around a dot", lambda: screen(8000, 8000) + image((0, 0), (1, 1), DOT) + END, MADE),
    Case(
        "64 megapixels of nothing",
        lambda: screen(8000, 8000) + image((0, 0), (8000, 8000), nothing(64_000_000)) + END,
        MADE,
        peak_mebibytes=400,
    ),
    Case(
        "one line of 60000 pixels", lambda: screen(60_000, 1) + image((0, 0), (60_000, 1), nothing(60_000)) + END, MADE
    ),
    Case(
        "60000 lines of one pixel", lambda: screen(1, 60_000) + image((0, 0), (1, 60_000), nothing(60_000)) + END, MADE
    ),
    Case(
        "20000 frames",
        lambda: screen(16, 16) + (CONTROL + image((0, 0), (16, 16), nothing(256))) * 20_000 + END,
        "too_many_pixels",
    ),
    Case(
        "a million frames of nothing",
        lambda: screen(16, 16) + image((0, 0), (0, 0), b"") * 1_000_000 + END,
        "too_many_pixels",
    ),
    Case("256 frames of nothing", lambda: screen(16, 16) + image((0, 0), (0, 0), b"") * 256 + END, MADE),
    Case("a frame of no width", lambda: screen(16, 16) + image((0, 0), (0, 16), DOT) + END, MADE),
    Case(
        "256 dots on 64 megapixels",
        lambda: screen(8000, 8000) + (CONTROL + image((0, 0), (1, 1), DOT)) * 256 + END,
        MADE,
    ),
    Case(
        "2 dots on 64 megapixels", lambda: screen(8000, 8000) + (CONTROL + image((0, 0), (1, 1), DOT)) * 2 + END, MADE
    ),
    Case("a screen of no size", lambda: screen(0, 0) + image((0, 0), (16, 16), nothing(256)) + END, MADE),
    Case(
        "a screen of no size around a huge frame",
        lambda: screen(0, 0) + image((0, 0), (60_000, 60_000), DOT) + END,
        "too_many_pixels",
    ),
    Case(
        "a small screen around a huge frame",
        lambda: screen(16, 16) + image((0, 0), (60_000, 60_000), DOT) + END,
        "too_many_pixels",
    ),
    Case(
        "a second frame that is huge",
        lambda: screen(16, 16) + image((0, 0), (16, 16), nothing(256)) + image((0, 0), (60_000, 60_000), DOT) + END,
        MADE,
    ),
    Case(
        "a frame outside the screen",
        lambda: screen(16, 16) + image((60_000, 60_000), (16, 16), nothing(256)) + END,
        "too_many_pixels",
    ),
    Case("no colors", lambda: screen(16, 16, 0, b"") + image((0, 0), (16, 16), nothing(256)) + END, MADE),
    Case("codes of 0 bits", lambda: screen(16, 16) + image((0, 0), (16, 16), nothing(256), 0) + END, MADE),
    Case("codes of 12 bits", lambda: screen(16, 16) + image((0, 0), (16, 16), nothing(256), 12) + END, "corrupt_image"),
    Case(
        "codes of 255 bits", lambda: screen(16, 16) + image((0, 0), (16, 16), nothing(256), 255) + END, "corrupt_image"
    ),
    Case(
        "codes that were never made",
        lambda: screen(16, 16) + image((0, 0), (16, 16), b"\xff" * 100) + END,
        "corrupt_image",
    ),
    Case("fewer pixels than announced", lambda: screen(160, 160) + image((0, 0), (160, 160), nothing(256)) + END, MADE),
    Case("more pixels than announced", lambda: screen(16, 16) + image((0, 0), (16, 16), nothing(10**8)) + END, MADE),
    Case("no frame", lambda: screen(16, 16) + END, "corrupt_image"),
    Case("a comment of 30 megabytes", lambda: SMALL[:-1] + b"\x21\xfe" + blocks(b"x" * 30 * 10**6) + END, MADE),
    Case("a million comments", lambda: SMALL[:-1] + b"\x21\xfe\x01x\0" * 1_000_000 + END, MADE),
    Case("a block of an unknown kind", lambda: SMALL[:-1] + b"\x99" * 1000 + END, MADE),
    Case("a billion laughs in XMP", lambda: SMALL[:-1] + b"\x21\xff\x0bXMP DataXMP" + blocks(LAUGHS) + END, MADE),
    Case(
        "a script in a comment",
        lambda: b"GIF89a/*" + SMALL[8:-1] + b"\x21\xfe" + blocks(b"*/=1;alert(1)//") + END,
        MADE,
    ),
    Case("a page behind the end", lambda: SMALL + b"<html><script>alert(1)</script>", MADE),
]
