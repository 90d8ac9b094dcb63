"""Encode: a picture to the bytes of a file. No metadata is written: pixels are upright and sRGB, and nothing leaks."""

from collections.abc import Callable
from typing import Any, Final

import pyvips

from pixelmill.domain.transformation import DEFAULT_QUALITY, OutputFormat
from pixelmill.transform.picture import Picture

# The efforts buy most bytes per millisecond: measured on photos, the next step up costs twice the
# time or more for 1 to 5 % (JPEG's optimized coding, WebP 4, AVIF 4, GIF 7).
_WEBP_EFFORT: Final = 2
_AVIF_EFFORT: Final = 2
_GIF_EFFORT: Final = 3
_PNG_COMPRESSION: Final = 6
_KEEP_NOTHING: Final[dict[str, Any]] = {"keep": "none"}


def encode(picture: Picture, output: OutputFormat, quality: int | None) -> bytes:
    """Write the picture as a file of some format.

    Args:
        picture: Upright, in sRGB, without alpha where the format has none.
        output: The format.
        quality: 1 to 100, or None for the format's default; of no meaning where the format is lossless.

    Raises:
        pyvips.Error: The encoder failed.
    """
    return _ENCODERS[output](picture.joined(), quality)


def _jpeg(image: pyvips.Image, quality: int | None) -> bytes:
    return bytes(image.jpegsave_buffer(Q=quality or DEFAULT_QUALITY[OutputFormat.JPEG], **_KEEP_NOTHING))


def _png(image: pyvips.Image, _quality: int | None) -> bytes:
    return bytes(image.pngsave_buffer(compression=_PNG_COMPRESSION, filter="sub", **_KEEP_NOTHING))


def _webp(image: pyvips.Image, quality: int | None) -> bytes:
    return bytes(
        image.webpsave_buffer(Q=quality or DEFAULT_QUALITY[OutputFormat.WEBP], effort=_WEBP_EFFORT, **_KEEP_NOTHING)
    )


def _avif(image: pyvips.Image, quality: int | None) -> bytes:
    quality = quality or DEFAULT_QUALITY[OutputFormat.AVIF]
    return bytes(image.heifsave_buffer(compression="av1", Q=quality, effort=_AVIF_EFFORT, **_KEEP_NOTHING))


def _gif(image: pyvips.Image, _quality: int | None) -> bytes:
    return bytes(image.gifsave_buffer(effort=_GIF_EFFORT, keep_duplicate_frames=True, **_KEEP_NOTHING))


_ENCODERS: Final[dict[OutputFormat, Callable[[pyvips.Image, int | None], bytes]]] = {
    OutputFormat.JPEG: _jpeg,
    OutputFormat.PNG: _png,
    OutputFormat.WEBP: _webp,
    OutputFormat.AVIF: _avif,
    OutputFormat.GIF: _gif,
}
