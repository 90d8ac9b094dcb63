"""A photo with all that a camera and an agency write into it: EXIF with a thumbnail, XMP and IPTC.

What must not leave the service unasked has `Secret` in it.
"""

import struct
from typing import Any, Final

from PIL.PngImagePlugin import PngInfo

from tests.support.images import encode, photo, stored_as

MAKE, MODEL, ORIENTATION, ARTIST, COPYRIGHT = 0x010F, 0x0110, 0x0112, 0x013B, 0x8298
EXIF_DIRECTORY, GPS_DIRECTORY = 0x8769, 0x8825
COLOR_SPACE, PIXEL_WIDTH, PIXEL_HEIGHT, LENS_MODEL, USER_COMMENT = 0xA001, 0xA002, 0xA003, 0xA434, 0x9286

AUTHOR: Final = "Jörg Müller (Berlin)"
NOTICE: Final = "© 2026 Müller (Jörg, ASCII, 3 components, 3 bytes) GmbH (all rights reserved)"
LENS: Final = "Secret lens (a) (b)"

XMP: Final = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    b'xmlns:xmpRights="http://ns.adobe.com/xap/1.0/rights/" xmlns:exif="http://ns.adobe.com/exif/1.0/" '
    b'xmlns:tiff="http://ns.adobe.com/tiff/1.0/" '
    b'tiff:Orientation="6" exif:GPSLatitude="Secret" xmpRights:WebStatement="https://example.com/license">'
    b"<dc:rights><rdf:Alt><rdf:li>XMP rights</rdf:li></rdf:Alt></dc:rights>"
    b"<dc:title><rdf:Alt><rdf:li>Secret title</rdf:li></rdf:Alt></dc:title>"
    b"</rdf:Description></rdf:RDF></x:xmpmeta>"
)

IPTC: Final = {(2, 80): "Ann (IPTC)", (2, 90): "Secret city", (2, 116): "IPTC © notice (c)"}


def exif(*, orientation: int | None = 6) -> bytes:
    """An EXIF block in little-endian order (EXIF 2.32), texts in UTF-8 as most programs write them."""
    camera = [_text(MAKE, "Secret (camera)"), _text(0x9999, "Secret private tag")]
    camera += [_text(ARTIST, AUTHOR), _text(COPYRIGHT, NOTICE)]
    camera += [] if orientation is None else [_short(ORIENTATION, orientation)]
    shot = [_short(COLOR_SPACE, 0xFFFF), _short(PIXEL_WIDTH, 4000), _short(PIXEL_HEIGHT, 3000)]
    shot += [_text(LENS_MODEL, LENS), (USER_COMMENT, 7, 20, b"ASCII\0\0\0Secret note!")]
    place = [(1, 2, 2, b"N\0"), (2, 5, 3, struct.pack("<6I", 48, 1, 8, 1, 123, 10))]
    thumbnail = encode(photo(60, 40, seed=9), "JPEG")
    return b"Exif\0\0" + _tiff(camera, shot, place, thumbnail)


def app13(datasets: dict[tuple[int, int], str]) -> bytes:
    """The segment of a JPEG that holds IPTC."""
    data = b"".join(
        struct.pack(">BBBH", 0x1C, *key, len(text.encode())) + text.encode() for key, text in datasets.items()
    )
    data = b"\x1c\x01\x5a\0\x03\x1b%G" + data
    resource = b"8BIM\x04\x04\0\0" + struct.pack(">I", len(data)) + data + bytes(len(data) % 2)
    content = b"Photoshop 3.0\0" + resource
    return struct.pack(">HH", 0xFFED, len(content) + 2) + content


def photographed(image_format: str, size: tuple[int, int] = (60, 90)) -> bytes:
    """A photo in a format that has room for metadata: JPEG, PNG, WEBP or AVIF. All but the last lie on their side.

    Args:
        image_format: The format.
        size: Width and height, upright.
    """
    xmp: dict[str, Any] = {"xmp": XMP}
    if image_format == "PNG":
        xmp = {"pnginfo": PngInfo()}
        xmp["pnginfo"].add_itxt("XML:com.adobe.xmp", XMP.decode())
    upright = photo(*size)
    if image_format == "AVIF":
        # Pillow would write a block with an orientation anew, and lose what it cannot read of it.
        content = encode(upright, image_format, exif=exif(orientation=None), **xmp)
    else:
        content = encode(stored_as(upright, 6), image_format, exif=exif(orientation=6), **xmp)
    return content[:2] + app13(IPTC) + content[2:] if image_format == "JPEG" else content


_Entry = tuple[int, int, int, bytes]


def _text(tag: int, text: str) -> _Entry:
    value = text.encode() + b"\0"
    return tag, 2, len(value), value


def _short(tag: int, value: int) -> _Entry:
    return tag, 3, 1, struct.pack("<H", value)


def _long(tag: int, value: int) -> _Entry:
    return tag, 4, 1, struct.pack("<I", value)


def _tiff(camera: list[_Entry], shot: list[_Entry], place: list[_Entry], thumbnail: bytes) -> bytes:
    shot_at = 8 + len(_directory([*camera, _long(EXIF_DIRECTORY, 0), _long(GPS_DIRECTORY, 0)], 8, 0))
    place_at = shot_at + len(_directory(shot, shot_at, 0))
    second_at = place_at + len(_directory(place, place_at, 0))
    second = [_short(0x0103, 6), _long(0x0201, 0), _long(0x0202, len(thumbnail))]
    thumbnail_at = second_at + len(_directory(second, second_at, 0))
    second[1] = _long(0x0201, thumbnail_at)
    first = [*camera, _long(EXIF_DIRECTORY, shot_at), _long(GPS_DIRECTORY, place_at)]
    return (
        b"II*\0"
        + struct.pack("<I", 8)
        + _directory(first, 8, second_at)
        + _directory(shot, shot_at, 0)
        + _directory(place, place_at, 0)
        + _directory(second, second_at, 0)
        + thumbnail
    )


def _directory(entries: list[_Entry], at: int, following: int) -> bytes:
    head, data = struct.pack("<H", len(entries)), b""
    data_at = at + 2 + 12 * len(entries) + 4
    for tag, kind, count, value in sorted(entries):
        head += struct.pack("<HHI", tag, kind, count)
        head += value.ljust(4, b"\0") if len(value) <= 4 else struct.pack("<I", data_at + len(data))
        data += value + bytes(len(value) % 2) if len(value) > 4 else b""
    return head + struct.pack("<I", following) + data
