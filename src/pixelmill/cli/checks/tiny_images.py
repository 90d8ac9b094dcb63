"""The smallest images that are worth decoding, made without any image library."""

import struct
import zlib
from typing import Final

SIDE_PIXELS: Final = 16

_PNG_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_TIFF_SHORT: Final = 3
_TIFF_LONG: Final = 4
_TIFF_HEADER_BYTES: Final = 8


def png() -> bytes:
    """A gray gradient as PNG, 16 pixels square (PNG specification, 5.2 to 5.6)."""
    header = struct.pack(">IIBBBBB", SIDE_PIXELS, SIDE_PIXELS, 8, 0, 0, 0, 0)
    rows = b"".join(b"\0" + row for row in _gradient())
    return _PNG_SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")


def tiff() -> bytes:
    """The same as uncompressed TIFF (TIFF 6.0, sections 2 and 4)."""
    pixels = b"".join(_gradient())
    entries = [
        (256, _TIFF_SHORT, SIDE_PIXELS),  # ImageWidth
        (257, _TIFF_SHORT, SIDE_PIXELS),  # ImageLength
        (258, _TIFF_SHORT, 8),  # BitsPerSample
        (259, _TIFF_SHORT, 1),  # Compression: none
        (262, _TIFF_SHORT, 1),  # PhotometricInterpretation: 0 is black
        (273, _TIFF_LONG, _TIFF_HEADER_BYTES),  # StripOffsets
        (277, _TIFF_SHORT, 1),  # SamplesPerPixel
        (278, _TIFF_SHORT, SIDE_PIXELS),  # RowsPerStrip
        (279, _TIFF_LONG, len(pixels)),  # StripByteCounts
    ]
    directory = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in entries)
    header = struct.pack("<2sHI", b"II", 42, _TIFF_HEADER_BYTES + len(pixels))
    return header + pixels + struct.pack("<H", len(entries)) + directory + struct.pack("<I", 0)


def _gradient() -> list[bytes]:
    return [bytes(8 * (row + column) for column in range(SIDE_PIXELS)) for row in range(SIDE_PIXELS)]


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
