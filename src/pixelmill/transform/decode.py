"""Decode: open a source by the loader of its format, read its header, then its pixels."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyvips

from pixelmill.domain.errors import UnsupportedFormat
from pixelmill.domain.source import ImageFormat
from pixelmill.transform.engine import LOADERS
from pixelmill.transform.failures import source_errors
from pixelmill.transform.formats import ANIMATED_SOURCES
from pixelmill.transform.geometry import Size
from pixelmill.transform.gif_blocks import check_gif_is_whole
from pixelmill.transform.jpeg_scans import check_scans
from pixelmill.transform.orientation import Orientation, orientation_of
from pixelmill.transform.picture import Picture
from pixelmill.transform.pyramid import jpeg_shrink, webp_scale
from pixelmill.transform.webp_frames import check_frames

_CHECKS: Final[dict[ImageFormat, Callable[[Path], None]]] = {
    ImageFormat.JPEG: check_scans,
    ImageFormat.WEBP: check_frames,
}
"""What is looked at before a loader is let at a file."""

MAX_CHANNELS: Final = 56
"""As many as Photoshop saves. Scientific TIFFs have thousands, each of which costs as much as the pixels."""

DEFAULT_DELAY_MS: Final = 100
"""What browsers show a frame for when its delay is missing or too short to be meant."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file to decode.

    Args:
        path: Where it is.
        format: What its first bytes said.
        allow_truncated: Whether it may end early: what is there is then decoded, where the decoder can.
    """

    path: Path
    format: ImageFormat
    allow_truncated: bool = False


@dataclass(frozen=True, slots=True)
class Header:
    """What a source says of itself. `stored` is the size of one frame as it lies in the file."""

    stored: Size
    orientation: Orientation
    frames: int

    @property
    def upright(self) -> Size:
        """Size of one frame as it is looked at."""
        return self.orientation.turned(self.stored)


def read_header(source: SourceFile) -> Header:
    """Read the header of a source; no pixel is decoded.

    Raises:
        CorruptImage: It cannot be read.
        UnsupportedFormat: The loader does not know this kind of file, or it is no picture of colors.
        TooManyPixels: To open it, or to decode it, would take out of all proportion to its size.
    """
    if check := _CHECKS.get(source.format):
        check(source.path)
    with source_errors():
        image = _open(source)
    if _field(image, "heif-compression", "av1") != "av1":
        raise UnsupportedFormat("Of the HEIF family only AVIF is supported.")
    if image.bands > MAX_CHANNELS:
        raise UnsupportedFormat(f"The image has {image.bands} channels; at most {MAX_CHANNELS} are decoded.")
    frames = int(_field(image, "n-pages", 1)) if source.format in ANIMATED_SOURCES else 1
    tag = int(_field(image, "orientation", 1))
    return Header(stored=Size(image.width, image.height), orientation=orientation_of(tag), frames=frames)


def open_still(source: SourceFile, header: Header, reduction: float) -> Picture:
    """Open the first frame for decoding, shrunk on load as far as the decoder can and the reduction allows.

    Args:
        source: The source.
        header: Its header.
        reduction: By how much both sides are reduced in all (`pixelmill.transform.pyramid.reduction`).

    Raises:
        CorruptImage, UnsupportedFormat: Now, or as `pyvips.Error` when the pixels are computed.
    """
    options: dict[str, Any] = {}
    if source.format is ImageFormat.JPEG:
        options["shrink"] = jpeg_shrink(reduction)
    elif source.format is ImageFormat.WEBP:
        options["scale"] = webp_scale(reduction)
    return Picture((_open_pixels(source, **options),), orientation=header.orientation)


def open_strip(source: SourceFile, header: Header, frames: int) -> Picture:
    """Open the first frames for decoding: as one high image, the frames below each other, with their timing.

    `Picture.split` makes frames of it, once it lies in memory.

    Raises:
        CorruptImage, UnsupportedFormat: As `open_still`.
    """
    strip = _open_pixels(source, n=frames)
    delays = [int(delay) for delay in _field(strip, "delay", [])]
    delays += [DEFAULT_DELAY_MS] * (frames - len(delays))
    return Picture(
        (strip,),
        orientation=header.orientation,
        delays_ms=tuple(delays[:frames]),
        loop=int(_field(strip, "loop", 0)),
    )


def _open_pixels(source: SourceFile, **options: Any) -> pyvips.Image:  # noqa: ANN401 - libvips' options
    if source.format is ImageFormat.GIF and not source.allow_truncated:
        check_gif_is_whole(source.path)
    with source_errors():
        return _open(source, **options)


def _open(source: SourceFile, **options: Any) -> pyvips.Image:  # noqa: ANN401 - as above
    # `truncated` refuses files that end early and lets pass those that only make a decoder warn, as phones write them.
    # For TIFF it refuses nothing that is missing behind a directory; `error` does, and takes no warning for an error.
    whole = "error" if source.format is ImageFormat.TIFF else "truncated"
    fail_on = "none" if source.allow_truncated else whole
    return pyvips.Operation.call(
        LOADERS[source.format], str(source.path), access="sequential", fail_on=fail_on, **options
    )


def _field(image: pyvips.Image, name: str, default: Any) -> Any:  # noqa: ANN401 - metadata of any kind
    return image.get(name) if image.get_typeof(name) else default
