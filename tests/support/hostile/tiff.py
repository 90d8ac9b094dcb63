"""Hostile TIFFs (TIFF 6.0; BigTIFF)."""

import struct
import zlib
from functools import partial

from tests.support.bombs import announcing
from tests.support.hostile.case import LAUGHS, MADE, Case
from tests.support.hostile.png import nothing
from tests.support.images import encode, photo

BYTE, ASCII, SHORT, LONG, LONG8 = 1, 2, 3, 4, 16
WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC, STRIPS, SAMPLES, ROWS, SIZES, PREDICTOR = (
    *(256, 257, 258, 259, 262, 273, 277, 278, 279, 317),
)
TILE_WIDTH, TILE_HEIGHT, TILES, TILE_SIZES, SUB_IFDS, EXIF_IFD, XMP, PROFILE = (
    322,
    323,
    324,
    325,
    330,
    34665,
    700,
    34675,
)
NONE, CCITT, LZW, OLD_JPEG, JPEG, DEFLATE, ZSTD, WEBP = 1, 3, 5, 6, 7, 8, 50000, 50001
START = 8

Entry = tuple[int, int, int, int]


def directory(entries: list[Entry], following: int = 0) -> bytes:
    body = b"".join(struct.pack("<HHII", *entry) for entry in sorted(entries))
    return struct.pack("<H", len(entries)) + body + struct.pack("<I", following)


def gray(width: int, height: int, size: int, changes: dict[int, Entry] | None = None) -> list[Entry]:
    """The tags of one gray picture whose pixels lie behind the header."""
    tags = {
        WIDTH: (WIDTH, LONG, 1, width),
        HEIGHT: (HEIGHT, LONG, 1, height),
        BITS: (BITS, SHORT, 1, 8),
        COMPRESSION: (COMPRESSION, SHORT, 1, NONE),
        PHOTOMETRIC: (PHOTOMETRIC, SHORT, 1, 1),
        STRIPS: (STRIPS, LONG, 1, START),
        SAMPLES: (SAMPLES, SHORT, 1, 1),
        ROWS: (ROWS, LONG, 1, height),
        SIZES: (SIZES, LONG, 1, size),
    }
    return list((tags | (changes or {})).values())


def tiff(entries: list[Entry], pixels: bytes, behind: bytes = b"", following: int = 0) -> bytes:
    """Pixels, the one directory, and what lies behind it."""
    return struct.pack("<2sHI", b"II", 42, START + len(pixels)) + pixels + directory(entries, following) + behind


def changed(
    *changes: Entry, pixels: bytes = bytes(256), behind: bytes = b"", width: int = 16, height: int = 16
) -> bytes:
    tags = {tag: (tag, kind, count, value) for tag, kind, count, value in changes}
    return tiff(gray(width, height, len(pixels), tags), pixels, behind)


def deflated(width: int, height: int, bits: int = 8) -> bytes:
    pixels = nothing(width * height * bits // 8)
    return changed((COMPRESSION, SHORT, 1, DEFLATE), (BITS, SHORT, 1, bits), pixels=pixels, width=width, height=height)


def pages(count: int, following: int | None = None) -> bytes:
    """So many directories of the same few pixels, the last of which leads to `following`."""
    pixels = bytes(256)
    size = len(directory(gray(16, 16, 256)))
    starts = [START + len(pixels) + index * size for index in range(count)]
    after = [*starts[1:], 0 if following is None else starts[following]]
    return (
        struct.pack("<2sHI", b"II", 42, starts[0])
        + pixels
        + b"".join(directory(gray(16, 16, 256), next_) for next_ in after)
    )


def tagged(count: int) -> bytes:
    """With so many tags of its own."""
    return tiff([*gray(16, 16, 256), *((40_000 + index % 25_000, LONG, 1, 0) for index in range(count))], bytes(256))


def strips(count: int) -> bytes:
    """So many strips, which all are the same byte."""
    arrays = struct.pack("<I", START) * count, struct.pack("<I", 1) * count
    entries = gray(1, count, 1)
    behind = START + 1 + len(directory(entries))
    changes = {
        STRIPS: (STRIPS, LONG, count, behind),
        ROWS: (ROWS, LONG, 1, 1),
        SIZES: (SIZES, LONG, count, behind + 4 * count),
    }
    return tiff(gray(1, count, 1, changes), b"\0", b"".join(arrays))


def tiled(width: int, height: int) -> bytes:
    """One tile of that size for a few pixels."""
    entries = [entry for entry in gray(16, 16, 256) if entry[0] not in {STRIPS, SIZES, ROWS}]
    tiles = [
        (TILE_WIDTH, LONG, 1, width),
        (TILE_HEIGHT, LONG, 1, height),
        (TILES, LONG, 1, START),
        (TILE_SIZES, LONG, 1, 256),
    ]
    return tiff([*entries, *tiles], bytes(256))


def big(entries: int) -> bytes:
    """A BigTIFF whose directory says it has so many entries."""
    return struct.pack("<2sHHHQ", b"II", 43, 8, 0, 16) + struct.pack("<Q", entries) + bytes(1000)


SMALL = encode(photo(64, 48), "TIFF")
IFD = START + 256

CASES = [
    Case("a header of 4 gigapixels", partial(announcing, "tiff", 65_500, 65_500), "too_many_pixels"),
    Case("the largest header", partial(announcing, "tiff", 2**31 - 1, 2**31 - 1), "corrupt_image"),
    Case("64 megapixels that are not there", partial(announcing, "tiff", 8000, 8000), "corrupt_image"),
    Case("64 megapixels of nothing", lambda: deflated(8000, 8000), MADE),
    Case("64 megapixels of 64 bits", lambda: deflated(8000, 8000, 64), "corrupt_image"),
    Case("one line of 60000 pixels", lambda: deflated(60_000, 1), MADE),
    Case("60000 lines of one pixel", lambda: deflated(1, 60_000), MADE),
    Case("a page that follows itself", lambda: tiff(gray(16, 16, 256), bytes(256), following=IFD), MADE),
    Case("pages in a circle", partial(pages, 10, 0), MADE),
    Case("20000 pages", partial(pages, 20_000), MADE, cpu_seconds=6),
    Case("a directory beyond the end", lambda: struct.pack("<2sHI", b"II", 42, 2**31) + bytes(100), "corrupt_image"),
    Case("a directory in its own header", lambda: struct.pack("<2sHI", b"II", 42, 0) + bytes(100), "corrupt_image"),
    Case("65000 tags", partial(tagged, 65_000), "corrupt_image"),
    Case("a big directory of 100000 tags", partial(big, 100_000), "corrupt_image"),
    Case("a big directory of 18 trillion tags", partial(big, 2**64 - 1), "corrupt_image"),
    Case("a strip of 4 gigabytes", lambda: changed((SIZES, LONG, 1, 2**32 - 1)), MADE),
    Case("a strip beyond the end", lambda: changed((STRIPS, LONG, 1, 2**31)), "corrupt_image"),
    Case(
        "4 billion strips",
        lambda: changed((STRIPS, LONG, 2**32 - 1, START), (SIZES, LONG, 2**32 - 1, START)),
        "corrupt_image",
    ),
    Case("no strips", lambda: changed((STRIPS, LONG, 0, 0), (SIZES, LONG, 0, 0)), "corrupt_image"),
    Case("strips of no rows", lambda: changed((ROWS, LONG, 1, 0)), "corrupt_image"),
    Case("strips of 4 billion rows", lambda: changed((ROWS, LONG, 1, 2**32 - 1)), MADE),
    Case("60000 strips of one row of one pixel", lambda: strips(60_000), MADE),
    Case("tiles of 2 billion pixels", lambda: tiled(2**31, 2**31), "corrupt_image"),
    Case("tiles of 32000 pixels", lambda: tiled(32_000, 32_000), "corrupt_image"),
    Case("tiles of no size", lambda: tiled(0, 0), "corrupt_image"),
    Case("65535 samples", lambda: changed((SAMPLES, SHORT, 1, 65_535)), "corrupt_image"),
    Case("4 billion compressions", lambda: changed((COMPRESSION, SHORT, 2**31, 8)), "corrupt_image"),
    Case("4 gray samples", lambda: changed((SAMPLES, SHORT, 1, 4), pixels=bytes(16 * 16 * 4)), MADE),
    Case("60 samples", lambda: changed((SAMPLES, SHORT, 1, 60), pixels=bytes(16 * 16 * 60)), "unsupported_format"),
    Case("no samples", lambda: changed((SAMPLES, SHORT, 1, 0)), "corrupt_image"),
    Case("samples of 64 bits that are not there", lambda: changed((BITS, SHORT, 1, 64)), "corrupt_image"),
    Case("samples of 7 bits", lambda: changed((BITS, SHORT, 1, 7)), "corrupt_image"),
    Case("samples of 65535 bits", lambda: changed((BITS, SHORT, 1, 65_535)), "corrupt_image"),
    Case("a compression nobody knows", lambda: changed((COMPRESSION, SHORT, 1, 12_345)), "unsupported_format"),
    Case("fax that is nonsense", lambda: changed((COMPRESSION, SHORT, 1, CCITT), (BITS, SHORT, 1, 1)), MADE),
    Case("old JPEG that is not there", lambda: changed((COMPRESSION, SHORT, 1, OLD_JPEG)), "corrupt_image"),
    Case(
        "JPEG of 4 gigapixels in a strip",
        lambda: changed((COMPRESSION, SHORT, 1, JPEG), pixels=announcing("jpeg", 65_500, 65_500)),
        "corrupt_image",
    ),
    Case(
        "WebP in a strip",
        lambda: changed((COMPRESSION, SHORT, 1, WEBP), pixels=announcing("webp", 16_383, 16_383)),
        "corrupt_image",
    ),
    Case(
        "deflate that unfolds to a gigabyte",
        lambda: changed((COMPRESSION, SHORT, 1, DEFLATE), pixels=nothing(10**9)),
        MADE,
    ),
    Case(
        "deflate that is nonsense",
        lambda: changed((COMPRESSION, SHORT, 1, DEFLATE), pixels=b"nonsense" * 32),
        "corrupt_image",
    ),
    Case(
        "a predictor nobody knows",
        lambda: changed((COMPRESSION, SHORT, 1, DEFLATE), (PREDICTOR, SHORT, 1, 99), pixels=zlib.compress(bytes(256))),
        "unsupported_format",
    ),
    Case("a palette that is missing", lambda: changed((PHOTOMETRIC, SHORT, 1, 3)), MADE),
    Case("CFA pixels", lambda: changed((PHOTOMETRIC, SHORT, 1, 32_803)), MADE),
    Case("a reduced picture that is the picture", lambda: changed((SUB_IFDS, LONG, 1, IFD)), MADE),
    Case(
        "a million reduced pictures", lambda: changed((SUB_IFDS, LONG, 1_000_000, IFD), behind=bytes(4_000_000)), MADE
    ),
    Case("EXIF that is the picture", lambda: changed((EXIF_IFD, LONG, 1, IFD)), MADE),
    Case("a profile of 4 gigabytes", lambda: changed((PROFILE, BYTE, 2**32 - 1, START)), MADE),
    Case(
        "a billion laughs in XMP", lambda: changed((XMP, BYTE, len(LAUGHS), START + len(LAUGHS)), pixels=LAUGHS), MADE
    ),
    Case("a file name of 4 gigabytes", lambda: changed((269, ASCII, 2**32 - 1, START)), MADE),
]
