"""Images whose header announces more than the file has: what a decoder that believes them allocates, and chokes on."""

import struct
from collections.abc import Callable

from tests.support.images import encode, plain
from tests.support.pictures import png_header

SMALL = plain(16, 16, (10, 20, 30))


def announcing(image_format: str, width: int, height: int) -> bytes:
    """A small file of a format, with another size written into its header."""
    return _FORGERS[image_format](width, height)


def _jpeg(width: int, height: int) -> bytes:
    content = bytearray(encode(SMALL, "JPEG"))
    frame = content.index(b"\xff\xc0")
    content[frame + 5 : frame + 9] = struct.pack(">HH", height, width)
    return bytes(content)


def _webp(width: int, height: int) -> bytes:
    content = bytearray(encode(SMALL, "WEBP"))
    start_code = content.index(b"\x9d\x01\x2a")
    content[start_code + 3 : start_code + 7] = struct.pack("<HH", width, height)
    return bytes(content)


def _avif(width: int, height: int) -> bytes:
    content = bytearray(encode(SMALL, "AVIF"))
    extents = content.index(b"ispe") + 8
    content[extents : extents + 8] = struct.pack(">II", width, height)
    return bytes(content)


def _gif(width: int, height: int) -> bytes:
    content = bytearray(encode(SMALL, "GIF"))
    frame = content.index(b"\x2c" + bytes(4))
    content[frame + 5 : frame + 9] = struct.pack("<HH", width, height)
    content[6:10] = struct.pack("<HH", width, height)
    return bytes(content)


def _tiff(width: int, height: int) -> bytes:
    content = bytearray(encode(SMALL, "TIFF"))
    for tag, value in ((256, width), (257, height)):
        entry = next(
            at
            for kind in (3, 4)  # a short or a long
            if (at := content.find(struct.pack("<HHI", tag, kind, 1))) >= 0
        )
        content[entry + 2 : entry + 12] = struct.pack("<HII", 4, 1, value)
    return bytes(content)


_FORGERS: dict[str, Callable[[int, int], bytes]] = {
    "jpeg": _jpeg,
    "png": png_header,
    "webp": _webp,
    "avif": _avif,
    "gif": _gif,
    "tiff": _tiff,
}
