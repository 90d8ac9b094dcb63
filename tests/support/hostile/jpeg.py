"""Hostile JPEGs (ITU-T T.81; EXIF 2.32)."""

import struct
from functools import partial

from tests.support.bombs import announcing
from tests.support.hostile.case import LAUGHS, MADE, Case
from tests.support.images import encode, photo, plain

SMALL = encode(photo(64, 48), "JPEG")
PROGRESSIVE = encode(photo(64, 48), "JPEG", progressive=True)
SOF0, SOF2, SOS, EOI = b"\xff\xc0", b"\xff\xc2", b"\xff\xda", b"\xff\xd9"


def sized(content: bytes, marker: bytes, width: int, height: int) -> bytes:
    at = content.index(marker) + 5
    return content[:at] + struct.pack(">HH", height, width) + content[at + 4 :]


def segment(marker: int, payload: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload


def with_segments(*segments: bytes) -> bytes:
    return SMALL[:2] + b"".join(segments) + SMALL[2:]


def scans(count: int, side: int) -> bytes:
    """A progressive JPEG of scans that are valid and say nothing of any block, but have to walk over all of them.

    Each coefficient of each component comes in 14 scans, a bit at a time (T.81, G.1.1.1), and each scan is a few
    end-of-band runs of 32767 blocks.
    """
    blocks = (side // 8) ** 2
    frame = segment(0xC2, struct.pack(">BHHB", 8, side, side, 3) + b"".join(bytes((c, 0x11, 0)) for c in (1, 2, 3)))
    tables = segment(0xDB, bytes((0,)) + bytes((1,) * 64))
    tables += segment(0xC4, bytes((0x00, 1, *[0] * 15, 0)))  # the code 0 is a difference of no bits
    tables += segment(0xC4, bytes((0x10, 1, *[0] * 15, 0xE0)))  # the code 0 is a run of 2 to the 14th and more blocks
    first = segment(0xDA, bytes((3, 1, 0, 2, 0, 3, 0, 0, 0, 0))) + bytes(3 * blocks // 8)
    runs = bits("0" + 14 * "1", -(-blocks // 32_767))
    parts = [
        segment(0xDA, bytes((1, component, 0, coefficient, coefficient, high << 4 | low))) + runs
        for coefficient in range(1, 64)
        for component in (1, 2, 3)
        for high, low in [(0, 13), *((bit, bit - 1) for bit in range(13, 0, -1))]
    ]
    return b"\xff\xd8" + tables + frame + first + b"".join(parts[:count]) + EOI


def bits(code: str, times: int) -> bytes:
    ones = code * times
    ones += "1" * (-len(ones) % 8)
    return int(ones, 2).to_bytes(len(ones) // 8).replace(b"\xff", b"\xff\0")


def ifd(entries: list[tuple[int, int, int, int]], following: int = 0) -> bytes:
    body = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return struct.pack("<H", len(entries)) + body + struct.pack("<I", following)


def exif(directory: bytes) -> bytes:
    return segment(0xE1, b"Exif\0\0" + struct.pack("<2sHI", b"II", 42, 8) + directory)


EXIF_POINTER, GPS_POINTER, ORIENTATION, MAKER_NOTE = 0x8769, 0x8825, 0x0112, 0x927C

CASES = [
    Case("a header of 4 gigapixels", partial(announcing, "jpeg", 65_500, 65_500), "too_many_pixels"),
    Case("a progressive header of 4 gigapixels", lambda: sized(PROGRESSIVE, SOF2, 65_500, 65_500), "too_many_pixels"),
    Case("a header of 64 megapixels, and no pixels", lambda: sized(SMALL, SOF0, 8000, 8000), MADE),
    Case("64 megapixels of one color", lambda: encode(plain(8000, 8000, (9, 9, 9)), "JPEG"), MADE),
    Case("60000 lines of one pixel", lambda: encode(plain(1, 60_000, (9, 9, 9)), "JPEG"), MADE),
    Case("one line of 60000 pixels", lambda: encode(plain(60_000, 1, (9, 9, 9)), "JPEG"), MADE),
    Case("2646 scans of 64 megapixels", partial(scans, 2646, 8000), "too_many_pixels"),
    Case("99 scans of 4 megapixels, and the first one", partial(scans, 99, 2000), MADE),
    Case("2646 scans of 1 megapixel", partial(scans, 2646, 1000), "too_many_pixels"),
    Case("no height", lambda: sized(SMALL, SOF0, 64, 0), "corrupt_image"),
    Case("no width", lambda: sized(SMALL, SOF0, 0, 48), "corrupt_image"),
    Case("more lines than it has", lambda: sized(SMALL, SOF0, 64, 480), MADE),
    Case("arithmetic coding", lambda: SMALL.replace(SOF0, b"\xff\xc9", 1), MADE),
    Case("lossless coding", lambda: SMALL.replace(SOF0, b"\xff\xc3", 1), "unsupported_format"),
    Case("hierarchical coding", lambda: SMALL.replace(SOF0, b"\xff\xc5", 1), "unsupported_format"),
    Case("255 components", lambda: SMALL.replace(b"\x00\x30\x00\x40\x03", b"\x00\x30\x00\x40\xff", 1), "corrupt_image"),
    Case(
        "4 components that the scan does not have",
        lambda: SMALL.replace(b"\x00\x30\x00\x40\x03", b"\x00\x30\x00\x40\x04", 1),
        "corrupt_image",
    ),
    Case("a segment longer than the file", lambda: with_segments(b"\xff\xe5\xff\xff"), "corrupt_image"),
    Case("a segment of no length", lambda: with_segments(b"\xff\xe5\x00\x00"), MADE),
    Case("20000 segments", lambda: with_segments(segment(0xE5, b"data") * 20_000), MADE),
    Case("30 megabytes of comments", lambda: with_segments(segment(0xFE, bytes(65_000)) * 460), MADE),
    Case(
        "30 megabytes of XMP",
        lambda: with_segments(segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + bytes(65_000)) * 460),
        MADE,
    ),
    Case(
        "a billion laughs in XMP",
        lambda: with_segments(segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + LAUGHS)),
        MADE,
    ),
    Case(
        "a profile in 255 pieces that are not there",
        lambda: with_segments(segment(0xE2, b"ICC_PROFILE\0\x01\xff" + bytes(200))),
        MADE,
    ),
    Case(
        "a profile of nonsense",
        lambda: with_segments(segment(0xE2, b"ICC_PROFILE\0\x01\x01" + b"nonsense" * 100)),
        MADE,
    ),
    Case(
        "EXIF that leads to itself",
        lambda: with_segments(exif(ifd([(EXIF_POINTER, 4, 1, 8), (GPS_POINTER, 4, 1, 8)], 8))),
        MADE,
    ),
    Case("EXIF of 5000 tags", lambda: with_segments(exif(ifd([(index, 3, 1, 1) for index in range(5000)]))), MADE),
    Case("EXIF of 4 gigabytes", lambda: with_segments(exif(ifd([(MAKER_NOTE, 7, 0xFFFFFFFF, 8)]))), MADE),
    Case("EXIF with an orientation of 40000", lambda: with_segments(exif(ifd([(ORIENTATION, 3, 1, 40_000)]))), MADE),
    Case(
        "tables of quantization that are nothing",
        lambda: SMALL.replace(b"\xff\xdb\x00\x43\x00", b"\xff\xdb\x00\x43\x0f", 1),
        "corrupt_image",
    ),
    Case("a script behind the end", lambda: SMALL + b"<script>alert(1)</script><?php system('id') ?>", MADE),
    Case("an archive behind the end", lambda: SMALL + b"PK\x03\x04" + bytes(1000), MADE),
    Case("a second picture inside the first", lambda: with_segments(segment(0xE1, b"Exif\0\0" + SMALL)), MADE),
]
