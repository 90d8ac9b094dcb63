"""The guard: what a header announces is judged before any pixel is decoded."""

from dataclasses import dataclass

from pixelmill.domain.errors import ImpossibleTransformation, TooManyPixels
from pixelmill.transform.geometry import Size


@dataclass(frozen=True, slots=True)
class SourceLimits:
    """The most that is decoded: pixels of one frame, pixels of all frames together, frames.

    The least is a whole file, unless `allow_truncated`.
    """

    max_frame_pixels: int
    max_total_pixels: int
    max_frames: int
    allow_truncated: bool = False


def check_frame(size: Size, limits: SourceLimits) -> None:
    """Judge one frame of a source.

    Raises:
        TooManyPixels: Its width x height is over the limit.
    """
    if size.pixels > limits.max_frame_pixels:
        raise TooManyPixels(
            f"The image measures {size.width} x {size.height} pixels; "
            f"at most {limits.max_frame_pixels:,} pixels are decoded."
        )


def check_animation(size: Size, frames: int, limits: SourceLimits) -> None:
    """Judge all the frames of a source together.

    Raises:
        TooManyPixels: There are too many frames, or too many pixels in all of them.
    """
    if frames > limits.max_frames:
        raise TooManyPixels(f"The animation has {frames} frames; at most {limits.max_frames} are decoded.")
    if size.pixels * frames > limits.max_total_pixels:
        raise TooManyPixels(
            f"The animation has {frames} frames of {size.width} x {size.height} pixels; "
            f"at most {limits.max_total_pixels:,} pixels in all are decoded."
        )


def check_base(size: Size, frames: int, limits: SourceLimits) -> None:
    """Judge what variants are scaled from, before its pixels are computed: a long strip, tilted, needs a huge canvas.

    Raises:
        ImpossibleTransformation: It has more pixels than a source may have.
    """
    if size.pixels > limits.max_frame_pixels or size.pixels * frames > limits.max_total_pixels:
        raise ImpossibleTransformation(
            f"The turned image would measure {size.width} x {size.height} pixels before it is resized; "
            f"at most {limits.max_frame_pixels:,} are made, and {limits.max_total_pixels:,} in all frames."
        )
