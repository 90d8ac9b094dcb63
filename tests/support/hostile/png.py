"""Hostile PNGs (PNG specification, third edition)."""

import struct
import zlib
from functools import cache, partial

from tests.support.bombs import announcing
from tests.support.hostile.case import LAUGHS, MADE, Case
from tests.support.images import encode, photo

SIGNATURE = b"\x89PNG\r\n\x1a\n"
GRAY, RGB, PALETTE, RGBA = 0, 2, 3, 6
SAMPLES = {GRAY: 1, RGB: 3, PALETTE: 1, RGBA: 4}
END = (b"IEND", b"")


def chunk(kind: bytes, data: bytes, length: int | None = None) -> bytes:
    size = len(data) if length is None else length
    return struct.pack(">I", size) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(*chunks: tuple[bytes, bytes]) -> bytes:
    return SIGNATURE + b"".join(chunk(kind, data) for kind, data in chunks)


def header(width: int, height: int, depth: int = 8, color: int = RGB, interlace: int = 0) -> tuple[bytes, bytes]:
    return b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, interlace)


@cache
def nothing(size: int) -> bytes:
    """So many zeros, deflated as far as that goes: 1000 to 1."""
    deflate = zlib.compressobj(9)
    block = bytes(2**20)
    return (
        b"".join(deflate.compress(block) for _ in range(size >> 20))
        + deflate.compress(bytes(size % 2**20))
        + deflate.flush()
    )


def plain(width: int, height: int, depth: int = 8, color: int = RGB) -> bytes:
    row_bytes = 1 + -(-width * depth * SAMPLES[color] // 8)
    return png(header(width, height, depth, color), (b"IDAT", nothing(row_bytes * height)), END)


def interlaced(side: int, depth: int, color: int) -> bytes:
    """Adam7: the last row is there only when all is decoded."""
    passes = [(8, 8), (8, 8), (4, 8), (4, 4), (2, 4), (2, 2), (1, 2)]
    sizes = [(side // across, side // down) for across, down in passes]
    data = sum(height * (1 + width * depth * SAMPLES[color] // 8) for width, height in sizes)
    return png(header(side, side, depth, color, interlace=1), (b"IDAT", nothing(data)), END)


SMALL = encode(photo(64, 48), "PNG")


def with_chunks(*chunks: tuple[bytes, bytes]) -> bytes:
    return SMALL[:33] + b"".join(chunk(kind, data) for kind, data in chunks) + SMALL[33:]


def frames(count: int) -> bytes:
    """An APNG of so many frames."""
    control = b"fcTL", struct.pack(">IIIIIHHBB", 0, 8, 8, 0, 0, 1, 10, 0, 0)
    frame = b"fdAT", struct.pack(">I", 1) + nothing(25 * 8)
    return png(
        header(8, 8),
        (b"acTL", struct.pack(">II", count, 0)),
        control,
        (b"IDAT", nothing(25 * 8)),
        *[control, frame] * count,
        END,
    )


GIGABYTE = 10**9
ROWS = nothing(16 * (1 + 16 * 3))

CASES = [
    Case("a header of 4 gigapixels", partial(announcing, "png", 65_500, 65_500), "too_many_pixels"),
    Case(
        "the largest header", lambda: png(header(2**31 - 1, 2**31 - 1), (b"IDAT", nothing(100)), END), "corrupt_image"
    ),
    Case(
        "a header beyond the largest",
        lambda: png(header(2**32 - 1, 2**32 - 1), (b"IDAT", nothing(100)), END),
        "corrupt_image",
    ),
    Case(
        "64 megapixels that are not there",
        lambda: png(header(8000, 8000), (b"IDAT", nothing(100)), END),
        "corrupt_image",
    ),
    Case("64 megapixels of nothing", lambda: plain(8000, 8000), MADE),
    Case("64 megapixels of 64 bits", lambda: plain(8000, 8000, 16, RGBA), MADE, cpu_seconds=3),
    Case(
        "64 interlaced megapixels of 64 bits",
        lambda: interlaced(8000, 16, RGBA),
        MADE,
        cpu_seconds=6,
        peak_mebibytes=700,
    ),
    Case("64 megapixels of one bit", lambda: plain(8000, 8000, 1, GRAY), MADE),
    Case("one line of 60000 pixels", lambda: plain(60_000, 1), MADE),
    Case("60000 lines of one pixel", lambda: plain(1, 60_000), MADE),
    Case("one line of 60 megapixels", lambda: plain(60_000_000, 1), "corrupt_image"),
    Case("60 million lines of one pixel", lambda: plain(1, 60_000_000), "corrupt_image"),
    Case("no width", lambda: png(header(0, 16), (b"IDAT", ROWS), END), "corrupt_image"),
    Case("a depth of 3 bits", lambda: png(header(16, 16, 3), (b"IDAT", ROWS), END), "corrupt_image"),
    Case("a color type of 5", lambda: png(header(16, 16, 8, 5), (b"IDAT", ROWS), END), "corrupt_image"),
    Case(
        "a palette that is missing",
        lambda: png(header(16, 16, 8, PALETTE), (b"IDAT", nothing(17 * 16)), END),
        "corrupt_image",
    ),
    Case(
        "a palette of one color for 256",
        lambda: png(
            header(16, 16, 8, PALETTE),
            (b"PLTE", b"abc"),
            (b"IDAT", zlib.compress(b"\0" + bytes(range(240, 256)) * 16)),
            END,
        ),
        "corrupt_image",
    ),
    Case(
        "a palette of 300 colors",
        lambda: png(header(16, 16, 8, PALETTE), (b"PLTE", bytes(900)), (b"IDAT", nothing(17 * 16)), END),
        "corrupt_image",
    ),
    Case(
        "transparency before the palette",
        lambda: png(
            header(16, 16, 8, PALETTE), (b"tRNS", bytes(300)), (b"PLTE", b"abc"), (b"IDAT", nothing(17 * 16)), END
        ),
        MADE,
    ),
    Case("more pixels than announced", lambda: png(header(16, 16), (b"IDAT", nothing(10**8)), END), MADE),
    Case(
        "pixels that are no deflate stream", lambda: png(header(16, 16), (b"IDAT", b"\0" * 100), END), "corrupt_image"
    ),
    Case(
        "a filter of 9", lambda: png(header(16, 16), (b"IDAT", zlib.compress(b"\x09" * 16 * 49)), END), "corrupt_image"
    ),
    Case("a wrong checksum", lambda: SMALL[:-16] + b"\0\0\0\0" + SMALL[-12:], MADE),
    Case("two headers", lambda: with_chunks(header(60_000, 60_000)), "corrupt_image"),
    Case("no end", lambda: SMALL[:-12], MADE),
    Case(
        "a chunk of 4 gigabytes", lambda: SMALL[:33] + chunk(b"abCd", b"data", 2**32 - 1) + SMALL[33:], "corrupt_image"
    ),
    Case("a profile that unfolds to a gigabyte", lambda: with_chunks((b"iCCP", b"p\0\0" + nothing(GIGABYTE))), MADE),
    Case("a comment that unfolds to a gigabyte", lambda: with_chunks((b"zTXt", b"c\0\0" + nothing(GIGABYTE))), MADE),
    Case(
        "a translated comment that unfolds to a gigabyte",
        lambda: with_chunks((b"iTXt", b"c\0\1\0\0\0" + nothing(GIGABYTE))),
        MADE,
    ),
    Case(
        "1000 comments that unfold to 8 megabytes each",
        lambda: with_chunks(*[(b"zTXt", b"c\0\0" + nothing(7 * 2**20))] * 1000),
        MADE,
        cpu_seconds=4,
    ),
    Case("a million comments", lambda: with_chunks(*[(b"tEXt", b"c\0x")] * 1_000_000), MADE),
    Case(
        "a million chunks of one byte",
        lambda: png(
            header(16, 16), *[(b"IDAT", ROWS[n : n + 1]) for n in range(len(ROWS))], *[(b"IDAT", b"")] * 1_000_000, END
        ),
        MADE,
    ),
    Case("a million unknown chunks", lambda: with_chunks(*[(b"abCd", b"")] * 1_000_000), MADE),
    Case(
        "EXIF of 30 megabytes",
        lambda: with_chunks((b"eXIf", b"II*\0\x08\0\0\0" + bytes(30 * 10**6))),
        MADE,
        peak_mebibytes=300,
    ),
    Case("a billion laughs in XMP", lambda: with_chunks((b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + LAUGHS)), MADE),
    Case("a drawing with a script in a comment", lambda: with_chunks((b"tEXt", b"c\0<svg onload='alert(1)'/>")), MADE),
    Case("a size in meters of nothing", lambda: with_chunks((b"pHYs", bytes(9))), MADE),
    Case("a gamma of nothing", lambda: with_chunks((b"gAMA", bytes(4))), MADE),
    Case("an animation of 100000 frames", partial(frames, 100_000), MADE),
    Case("a page behind the end", lambda: SMALL + b"<html><script>alert(1)</script>", MADE),
]
