"""Tell an image by its first bytes, never by its name or what the origin calls it.

The table is our own and short on purpose: it is the list of what may reach a decoder at all.
"""

import re
from pathlib import Path
from typing import Final

from pixelmill.domain.errors import SourceNotAnImage, UnsupportedFormat
from pixelmill.domain.source import ImageFormat

HEAD_BYTES: Final = 1024
"""How much of a file decides. Signatures need 16 bytes; an SVG may begin with a long comment."""

_ACCEPTED: Final = (
    (re.compile(rb"\xff\xd8\xff"), ImageFormat.JPEG),
    (re.compile(rb"\x89PNG\r\n\x1a\n"), ImageFormat.PNG),
    (re.compile(rb"RIFF.{4}WEBP", re.DOTALL), ImageFormat.WEBP),
    (re.compile(rb"GIF8[79]a"), ImageFormat.GIF),
    (re.compile(rb"II[*+]\0|MM\0[*+]"), ImageFormat.TIFF),  # 42 for TIFF, 43 for BigTIFF
)

_UNSUPPORTED: Final = (
    (re.compile(rb"II\*\0.{4}CR", re.DOTALL), "Canon raw"),
    (re.compile(rb"BM.{4}\0{4}", re.DOTALL), "BMP"),
    (re.compile(rb"\0\0[\1\2]\0[^\0]\0"), "ICO"),
    (re.compile(rb"8BPS"), "Photoshop"),
    (re.compile(rb"\0\0\0\x0cjP {2}\r\n\x87\n|\xff\x4f\xff\x51"), "JPEG 2000"),
    (re.compile(rb"\0\0\0\x0cJXL \r\n\x87\n|\xff\x0a"), "JPEG XL"),
    (re.compile(rb"%PDF-"), "PDF"),
)

_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_SVG_PROLOGS: Final = (b"<?xml", b"<!--", b"<!doctype svg")
_WEB_PAGE_STARTS: Final = (b"<!doctype html", b"<html", b"<head", b"<body")

_AVIF_BRANDS: Final = frozenset({b"avif", b"avis"})
_HEIF_BRANDS: Final = frozenset(
    {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"}
)
_BRANDS_START: Final = 8
_BRAND_BYTES: Final = 4


def sniff(head: bytes) -> ImageFormat:
    """The format of an image.

    Args:
        head: The first `HEAD_BYTES` bytes of the file, or all of it.

    Raises:
        UnsupportedFormat: An image that is not decoded here; the detail names its format.
        SourceNotAnImage: Anything else.
    """
    for signature, name in _UNSUPPORTED:
        if signature.match(head):
            raise _unsupported(name)
    for signature, image_format in _ACCEPTED:
        if signature.match(head):
            return image_format
    return _sniff_heif(head)


def sniff_file(path: Path) -> ImageFormat:
    """As `sniff`, of a file."""
    with path.open("rb") as file:
        return sniff(file.read(HEAD_BYTES))


def _sniff_heif(head: bytes) -> ImageFormat:
    """AVIF and HEIC are the same container; the brands in its first box (ISO 14496-12) tell which it holds."""
    brands = _brands(head)
    if brands & _AVIF_BRANDS:
        return ImageFormat.AVIF
    if brands & _HEIF_BRANDS:
        raise _unsupported("HEIC")
    raise _refusal(head)


def _brands(head: bytes) -> set[bytes]:
    if head[4:8] != b"ftyp":
        return set()
    box = head[: int.from_bytes(head[:4], "big")]
    return {box[start : start + _BRAND_BYTES] for start in range(_BRANDS_START, len(box), _BRAND_BYTES)}


def _unsupported(name: str) -> UnsupportedFormat:
    return UnsupportedFormat(f"{name} images are not supported; supported are JPEG, PNG, WebP, AVIF, GIF and TIFF.")


def _refusal(head: bytes) -> UnsupportedFormat | SourceNotAnImage:
    """The words for what has no signature: nothing, text, anything else."""
    if not head:
        return SourceNotAnImage("The source is empty.")
    text = head.removeprefix(_BYTE_ORDER_MARK).lstrip().lower()
    if text.startswith(_WEB_PAGE_STARTS):
        return SourceNotAnImage("The source is a web page, not an image; please use the address of the image itself.")
    if text.startswith(b"<svg") or (text.startswith(_SVG_PROLOGS) and b"<svg" in text):
        return _unsupported("SVG")
    return SourceNotAnImage("The source does not begin like an image of any known format.")
