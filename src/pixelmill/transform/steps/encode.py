"""Encode: a picture to the bytes of a file. No metadata is written but what was asked for: nothing leaks."""

from collections.abc import Callable
from typing import Any, Final

import pyvips

from pixelmill.domain.transformation import DEFAULT_EFFORT, DEFAULT_QUALITY, KeepMetadata, OutputFormat, Transformation
from pixelmill.transform.picture import Picture
from pixelmill.transform.steps.keep_metadata import EXIF_TAG, IPTC, XMP

_PNG_COMPRESSION: Final = 6
_KEPT_FIELDS: Final = {EXIF_TAG: "exif", XMP: "xmp", IPTC: "iptc"}
"""The beginnings of the names of what `keep_metadata` leaves in a picture, and what libvips calls it all."""

Options = dict[str, Any]


def encode(picture: Picture, output: OutputFormat, wanted: Transformation) -> bytes:
    """Write the picture as a file of some format.

    Args:
        picture: Upright, in sRGB, without alpha where the format has none, with no metadata but what is kept.
        output: The format.
        wanted: How it is encoded: what has no meaning for the format has been refused, but for a quality where the
            format is the source's and has none.

    Raises:
        pyvips.Error: The encoder failed.
    """
    save, options = _ENCODERS[output]
    image = picture.joined()
    return bytes(pyvips.Operation.call(save, image, **options(wanted), keep=_kept(image, output, wanted)))


def _kept(image: pyvips.Image, output: OutputFormat, wanted: Transformation) -> str:
    if wanted.keep_metadata is KeepMetadata.NONE or output is OutputFormat.GIF:
        return "none"
    names = image.get_fields()
    kept = {kind for field, kind in _KEPT_FIELDS.items() if any(name.startswith(field) for name in names)}
    return "|".join(sorted(kept)) or "none"


def _jpeg(wanted: Transformation) -> Options:
    return {"Q": wanted.quality or DEFAULT_QUALITY[OutputFormat.JPEG]}


def _png(_wanted: Transformation) -> Options:
    return {"compression": _PNG_COMPRESSION, "filter": "sub"}


def _webp(wanted: Transformation) -> Options:
    return {"Q": wanted.quality or DEFAULT_QUALITY[OutputFormat.WEBP]} | _trying(wanted, OutputFormat.WEBP)


def _avif(wanted: Transformation) -> Options:
    quality = wanted.quality or DEFAULT_QUALITY[OutputFormat.AVIF]
    return {"compression": "av1", "Q": quality} | _trying(wanted, OutputFormat.AVIF)


def _trying(wanted: Transformation, output: OutputFormat) -> Options:
    effort = DEFAULT_EFFORT[output] if wanted.effort is None else wanted.effort
    return {"lossless": wanted.lossless, "effort": effort}


def _gif(wanted: Transformation) -> Options:
    effort = wanted.effort or DEFAULT_EFFORT[OutputFormat.GIF]
    return {"effort": effort, "keep_duplicate_frames": True}


_ENCODERS: Final[dict[OutputFormat, tuple[str, Callable[[Transformation], Options]]]] = {
    OutputFormat.JPEG: ("jpegsave_buffer", _jpeg),
    OutputFormat.PNG: ("pngsave_buffer", _png),
    OutputFormat.WEBP: ("webpsave_buffer", _webp),
    OutputFormat.AVIF: ("heifsave_buffer", _avif),
    OutputFormat.GIF: ("gifsave_buffer", _gif),
}
