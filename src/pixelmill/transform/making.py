"""One variant in the making: everything its steps need to know."""

from collections.abc import Callable
from dataclasses import dataclass

from pixelmill.domain.errors import ImpossibleTransformation
from pixelmill.domain.source import ImageFormat
from pixelmill.domain.transformation import OutputFormat, Transformation
from pixelmill.transform.decode import Header
from pixelmill.transform.formats import ANIMATED_OUTPUTS, output_format
from pixelmill.transform.geometry import Plan, plan
from pixelmill.transform.guard import SourceLimits
from pixelmill.transform.picture import Picture


@dataclass(frozen=True, slots=True)
class Making:
    """What is asked of a variant, and what that means for this source.

    Args:
        name: Name of the variant.
        transformation: What is asked.
        plan: The geometry, upright.
        format: The format of the variant.
        is_animated: Whether it gets every frame of the source.
    """

    name: str
    transformation: Transformation
    plan: Plan
    format: OutputFormat
    is_animated: bool


Step = Callable[[Picture, Making], Picture]
"""One image operation. A step that has nothing to do for a variant returns the picture as it is."""


def prepare(
    name: str, transformation: Transformation, *, header: Header, image_format: ImageFormat, limits: SourceLimits
) -> Making:
    """Work out what a variant means for a source.

    Raises:
        ImpossibleTransformation: The variant would be larger than the limits.
    """
    target = output_format(transformation.format, image_format)
    making = Making(
        name=name,
        transformation=transformation,
        plan=plan(header.upright, transformation),
        format=target,
        is_animated=header.frames > 1 and target in ANIMATED_OUTPUTS,
    )
    if making.is_animated:
        _check_animation(making.plan, header.frames, limits)
    return making


def _check_animation(planned: Plan, frames: int, limits: SourceLimits) -> None:
    pixels = frames * max(planned.scaled.pixels, planned.output.pixels)
    if pixels > limits.max_total_pixels:
        raise ImpossibleTransformation(
            f"The animation would have {pixels:,} pixels in its {frames} frames; "
            f"at most {limits.max_total_pixels:,} are made."
        )
