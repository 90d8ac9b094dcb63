"""What each format can hold, and which one a variant gets."""

from typing import Final

from pixelmill.domain.source import ImageFormat
from pixelmill.domain.transformation import OutputFormat, RequestedFormat

ANIMATED_SOURCES: Final = frozenset({ImageFormat.GIF, ImageFormat.WEBP})
"""Sources whose pages are frames. Those of a TIFF are pages: only the first is read."""

ANIMATED_OUTPUTS: Final = frozenset({OutputFormat.GIF, OutputFormat.WEBP})

TRANSPARENT_OUTPUTS: Final = frozenset(OutputFormat) - {OutputFormat.JPEG}

SUFFIXES: Final[dict[OutputFormat, str]] = {
    OutputFormat.JPEG: ".jpg",
    OutputFormat.PNG: ".png",
    OutputFormat.WEBP: ".webp",
    OutputFormat.AVIF: ".avif",
    OutputFormat.GIF: ".gif",
}

_NEAREST: Final[dict[ImageFormat, OutputFormat]] = {
    ImageFormat.JPEG: OutputFormat.JPEG,
    ImageFormat.PNG: OutputFormat.PNG,
    ImageFormat.WEBP: OutputFormat.WEBP,
    ImageFormat.AVIF: OutputFormat.AVIF,
    ImageFormat.GIF: OutputFormat.GIF,
    ImageFormat.TIFF: OutputFormat.PNG,  # lossless like most TIFFs, and shown by every browser
}


def output_format(requested: RequestedFormat, source: ImageFormat) -> OutputFormat:
    """The format of a variant: the one asked for, or for `source` the nearest to the source's that is written."""
    return _NEAREST[source] if requested == "source" else OutputFormat(requested)
