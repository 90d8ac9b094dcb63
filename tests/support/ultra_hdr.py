"""An Ultra HDR photo as phones write it (Android's Ultra HDR image format 1.1).

That is a JPEG, and behind its end a second one, the gain map: how much brighter a screen that can may show it. The
first finds the second by a directory of Adobe's kind in its XMP, and by one of CIPA DC-007 (multi-picture format).
"""

import struct

_MPF_HEAD_BYTES = 8
_GAINS = (
    'hdrgm:Version="1.0" hdrgm:GainMapMin="0" hdrgm:GainMapMax="2.5" hdrgm:Gamma="1" hdrgm:OffsetSDR="0.015625" '
    'hdrgm:OffsetHDR="0.015625" hdrgm:HDRCapacityMin="0" hdrgm:HDRCapacityMax="2.5" hdrgm:BaseRenditionIsHDR="False"'
)
_ITEMS = (
    "<Container:Directory><rdf:Seq>"
    '<rdf:li rdf:parseType="Resource"><Container:Item Item:Semantic="Primary" Item:Mime="image/jpeg"/></rdf:li>'
    '<rdf:li rdf:parseType="Resource">'
    '<Container:Item Item:Semantic="GainMap" Item:Mime="image/jpeg" Item:Length="{gain_map_bytes}"/></rdf:li>'
    "</rdf:Seq></Container:Directory>"
)
_NAMESPACES = (
    'xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" '
    'xmlns:Container="http://ns.google.com/photos/1.0/container/" '
    'xmlns:Item="http://ns.google.com/photos/1.0/container/item/"'
)


def ultra_hdr(base: bytes, gain_map: bytes) -> bytes:
    """Both JPEGs in one file.

    Args:
        base: What every viewer shows.
        gain_map: What makes it brighter.
    """
    gain_map = _with_segments(gain_map, _xmp(_GAINS))
    directory = _xmp('hdrgm:Version="1.0"', _ITEMS.format(gain_map_bytes=len(gain_map)))
    mpf = _segment(0xE2, _pictures(0, 0, 0))
    whole = len(base) + len(directory) + len(mpf)
    # Where the second picture begins is counted from the byte order mark of the directory, which follows `MPF`.
    begins = whole - (2 + len(directory) + _MPF_HEAD_BYTES)
    mpf = _segment(0xE2, _pictures(whole, len(gain_map), begins))
    return _with_segments(base, directory + mpf) + gain_map


def _with_segments(jpeg: bytes, segments: bytes) -> bytes:
    return jpeg[:2] + segments + jpeg[2:]


def _segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def _xmp(attributes: str, content: str = "") -> bytes:
    packet = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description rdf:about="" {_NAMESPACES} {attributes}>{content}</rdf:Description></rdf:RDF></x:xmpmeta>'
    )
    return _segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + packet.encode())


def _pictures(first_bytes: int, second_bytes: int, second_begins: int) -> bytes:
    entries = [
        (0xB000, 7, 4, b"0100"),
        (0xB001, 4, 1, struct.pack(">I", 2)),
        (0xB002, 7, 32, struct.pack(">I", 8 + 2 + 3 * 12 + 4)),
    ]
    directory = struct.pack(">H", len(entries)) + b"".join(
        struct.pack(">HHI", tag, kind, count) + value for tag, kind, count, value in entries
    )
    first = struct.pack(">IIIHH", 0x030000, first_bytes, 0, 0, 0)
    second = struct.pack(">IIIHH", 0, second_bytes, second_begins, 0, 0)
    return b"MPF\0MM\0*" + struct.pack(">I", 8) + directory + bytes(4) + first + second
