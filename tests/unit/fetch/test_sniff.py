"""The first bytes decide what a file is; names and headers do not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixelmill.domain.errors import PixelmillError, SourceNotAnImage, UnsupportedFormat
from pixelmill.domain.source import ImageFormat
from pixelmill.fetch.sniff import sniff


def box(*brands: bytes, size: int | None = None) -> bytes:
    """The first box of a file of the ISO base media family."""
    content = b"ftyp" + brands[0] + bytes(4) + b"".join(brands[1:])
    return (size or len(content) + 4).to_bytes(4, "big") + content


@pytest.mark.parametrize(
    ("head", "image_format"),
    [
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", ImageFormat.JPEG),
        (b"\xff\xd8\xff\xe1\x00\x10Exif", ImageFormat.JPEG),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", ImageFormat.PNG),
        (b"RIFF\n\x00\n\x00WEBPVP8 ", ImageFormat.WEBP),
        (b"GIF87a\x01\x00", ImageFormat.GIF),
        (b"GIF89a\x01\x00", ImageFormat.GIF),
        (b"II*\x00\x08\x00\x00\x00", ImageFormat.TIFF),
        (b"MM\x00*\x00\x00\x00\x08", ImageFormat.TIFF),
        (b"II+\x00\x08\x00\x00\x00", ImageFormat.TIFF),
        (box(b"avif", b"mif1", b"miaf"), ImageFormat.AVIF),
        (box(b"avis", b"avif", b"msf1"), ImageFormat.AVIF),
        (box(b"mif1", b"miaf", b"avif"), ImageFormat.AVIF),
    ],
)
def test_accepted_formats_are_told_from_their_signature(head: bytes, image_format: ImageFormat) -> None:
    """Six formats, in each form they begin with."""
    assert sniff(head) is image_format


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (box(b"heic", b"mif1"), "HEIC"),
        (box(b"mif1", b"heix"), "HEIC"),
        (box(b"msf1", b"hevc"), "HEIC"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'>", "SVG"),
        (b"\xef\xbb\xbf\n<?xml version='1.0'?>\n<!-- a drawing --><svg>", "SVG"),
        (b"<!DOCTYPE svg PUBLIC '-//W3C//DTD SVG 1.1//EN'><svg>", "SVG"),
        (b"%PDF-1.7", "PDF"),
        (b"BM\x36\x00\x0c\x00\x00\x00\x00\x00", "BMP"),
        (b"\x00\x00\x01\x00\x01\x00", "ICO"),
        (b"\x00\x00\x02\x00\x02\x00", "ICO"),
        (b"8BPS\x00\x01", "Photoshop"),
        (b"\xff\x0a\xfa\x1f", "JPEG XL"),
        (b"\x00\x00\x00\x0cJXL \r\n\x87\n", "JPEG XL"),
        (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "JPEG 2000"),
        (b"\xff\x4f\xff\x51\x00\x2f", "JPEG 2000"),
        (b"II*\x00\x10\x00\x00\x00CR\x02\x00", "Canon raw"),
    ],
)
def test_known_formats_that_are_not_decoded_are_named(head: bytes, name: str) -> None:
    """The caller reads which format it is and which ones would do."""
    with pytest.raises(UnsupportedFormat, match=f"^{name} images are not supported; supported are JPEG"):
        sniff(head)


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (b"", "empty"),
        (b"<!DOCTYPE html><html>", "web page"),
        (b"\n\n  <html lang=en><svg>", "web page"),
        (b"Just some text named cat.jpg", "does not begin like an image"),
        (b"<?xml version='1.0'?><rss></rss>", "does not begin like an image"),
        (b"\xff\xd8", "does not begin like an image"),
        (b"BM is not always a bitmap", "does not begin like an image"),
        (b"RIFF\n\x00\n\x00WAVEfmt ", "does not begin like an image"),
        (b"\x00JFIF\xff\xd8\xff", "does not begin like an image"),
        (box(b"isom", b"mp42"), "does not begin like an image"),
        (box(b"avif", size=4), "does not begin like an image"),
        (box(b"isom", b"mp42", b"avif", size=20), "does not begin like an image"),
        (b"PK\x03\x04", "does not begin like an image"),
    ],
)
def test_anything_else_is_no_image(head: bytes, words: str) -> None:
    """Nothing else reaches a decoder, and the caller reads why."""
    with pytest.raises(SourceNotAnImage, match=words):
        sniff(head)


@given(st.binary(max_size=64))
def test_any_bytes_are_told_or_refused(head: bytes) -> None:
    """No input raises anything but the catalogue's errors."""
    try:
        assert isinstance(sniff(head), ImageFormat)
    except PixelmillError as error:
        assert error.code in {"source_not_an_image", "unsupported_format"}  # noqa: PT017 - either may be raised
