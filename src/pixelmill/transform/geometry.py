"""Geometry: from the size of a source and what is asked to exact pixels. Pure arithmetic, no image.

The rules are sharp's: `ResolveShrink`, `CalculateCrop` and `CalculateEmbedPosition` of its `common.cc`, and the
rounding of libvips' `vips_resize` (half up). The floating point follows theirs too, operation by operation, so that
sides which fall on half a pixel come out alike.
"""

import math
from dataclasses import dataclass
from typing import Final, Self

from pixelmill.domain.errors import ImpossibleTransformation
from pixelmill.domain.limits import MAX_OUTPUT_PIXELS, MAX_SIDE_PIXELS
from pixelmill.domain.transformation import Fit, FocalPoint, Position, Transformation

MAX_SCALED_PIXELS: Final = 4 * MAX_OUTPUT_PIXELS
"""Most pixels of the scaled image that `cover` crops: room for a 10:1 panorama cropped to a large square."""

_START, _MIDDLE, _END = 0.0, 0.5, 1.0

_ANCHORS: Final[dict[Position, tuple[float, float]]] = {
    Position.CENTER: (_MIDDLE, _MIDDLE),
    Position.TOP: (_MIDDLE, _START),
    Position.RIGHT_TOP: (_END, _START),
    Position.RIGHT: (_END, _MIDDLE),
    Position.RIGHT_BOTTOM: (_END, _END),
    Position.BOTTOM: (_MIDDLE, _END),
    Position.LEFT_BOTTOM: (_START, _END),
    Position.LEFT: (_START, _MIDDLE),
    Position.LEFT_TOP: (_START, _START),
}


@dataclass(frozen=True, slots=True)
class Size:
    """Width and height in pixels."""

    width: int
    height: int

    @property
    def pixels(self) -> int:
        """The area."""
        return self.width * self.height

    def transposed(self) -> Self:
        """Width and height changed over."""
        return type(self)(self.height, self.width)

    def holds(self, other: Self, times: float = 1) -> bool:
        """Whether both sides are at least `times` the other's."""
        return self.width >= times * other.width and self.height >= times * other.height


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels; left and top may be negative: it then begins outside."""

    left: int
    top: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Plan:
    """How one variant comes about, in pixels of the upright image.

    The source is resized to `scaled`; the variant is what a window of `output` size shows of it. `window` lies
    inside the scaled image where the fit crops, around it where the fit pads, and is None where the pixels decide.
    """

    scaled: Size
    output: Size
    window: Box | None

    @property
    def pads(self) -> bool:
        """Whether the output is larger than the scaled image."""
        return not self.scaled.holds(self.output)


def plan(source: Size, transformation: Transformation) -> Plan:
    """Work out one variant.

    Args:
        source: Size of one frame of the source, upright.
        transformation: What is asked.

    Raises:
        ImpossibleTransformation: The variant, or the scaled image it is cut from, would be larger than the limits.
    """
    scaled = _scaled(source, transformation)
    output = _output(scaled, transformation)
    _check(scaled, output)
    return Plan(scaled=scaled, output=output, window=_window(scaled, output, transformation.position))


def _scaled(source: Size, wanted: Transformation) -> Size:
    across, down = _shrinks(source, wanted)
    return Size(_side(source.width, across), _side(source.height, down))


def _shrinks(source: Size, wanted: Transformation) -> tuple[float, float]:
    across = source.width / wanted.pixel_width if wanted.pixel_width else None
    down = source.height / wanted.pixel_height if wanted.pixel_height else None
    if wanted.fit is Fit.FILL:
        across, down = across or 1.0, down or 1.0
    elif across and down:
        across = down = min(across, down) if wanted.fit in {Fit.COVER, Fit.OUTSIDE} else max(across, down)
    else:
        across = down = across or down or 1.0
    return _limited(across, wanted), _limited(down, wanted)


def _limited(shrink: float, wanted: Transformation) -> float:
    if wanted.without_enlargement:
        shrink = max(shrink, 1.0)
    if wanted.without_reduction:
        shrink = min(shrink, 1.0)
    return shrink


def _side(pixels: int, shrink: float) -> int:
    return max(1, int(pixels * (1.0 / shrink) + 0.5))


def _output(scaled: Size, wanted: Transformation) -> Size:
    box = Size(wanted.pixel_width or scaled.width, wanted.pixel_height or scaled.height)
    if wanted.fit is Fit.COVER:
        return Size(min(scaled.width, box.width), min(scaled.height, box.height))
    if wanted.fit is Fit.CONTAIN:
        return Size(max(scaled.width, box.width), max(scaled.height, box.height))
    return scaled


def _window(scaled: Size, output: Size, position: Position | FocalPoint) -> Box | None:
    if isinstance(position, FocalPoint):
        left = _around(position.x, scaled.width, output.width)
        top = _around(position.y, scaled.height, output.height)
        return Box(left, top, output.width, output.height)
    anchor = _ANCHORS.get(position)
    return _anchored(scaled, output, anchor) if anchor else None


def _around(share: float, whole: int, part: int) -> int:
    """Where a part begins that has a point in its middle, as nearly as the whole allows."""
    return max(0, min(int(share * whole - part / 2 + 0.5), whole - part))


def _anchored(scaled: Size, output: Size, anchor: tuple[float, float]) -> Box:
    # One formula for both: an odd pixel is cropped at the start and padded at the end, as in sharp.
    left = math.ceil(anchor[0] * (scaled.width - output.width))
    top = math.ceil(anchor[1] * (scaled.height - output.height))
    return Box(left, top, output.width, output.height)


def _check(scaled: Size, output: Size) -> None:
    if max(output.width, output.height) > MAX_SIDE_PIXELS or output.pixels > MAX_OUTPUT_PIXELS:
        raise ImpossibleTransformation(
            f"The variant would measure {output.width} x {output.height} pixels; "
            f"at most {MAX_SIDE_PIXELS} a side and {MAX_OUTPUT_PIXELS:,} in all are made."
        )
    if scaled.pixels > MAX_SCALED_PIXELS:
        raise ImpossibleTransformation(
            f"The image would be scaled to {scaled.width} x {scaled.height} pixels before it is cropped; "
            f"at most {MAX_SCALED_PIXELS:,} are."
        )
