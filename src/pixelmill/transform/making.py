"""One variant in the making: everything its steps need to know."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final, Self

from pixelmill.domain.errors import ImpossibleTransformation
from pixelmill.domain.transformation import Fit, OutputFormat, Transformation
from pixelmill.transform.geometry import Plan, Size, plan
from pixelmill.transform.guard import SourceLimits
from pixelmill.transform.picture import Picture

_WORKED_OUT: Final[dict[str, Any]] = {
    "width": None,
    "height": None,
    "dpr": 1.0,
    "fit": Fit.COVER,
    "without_enlargement": False,
    "without_reduction": False,
    "format": "source",
    "frames": "all",
}
"""What of a transformation is worked out for a source in the rest of a making; the steps do not get to see it."""


@dataclass(frozen=True, slots=True)
class Making:
    """What is asked of a variant, and what that means for this source.

    Args:
        name: Name of the variant.
        transformation: What is asked beyond what the others say.
        plan: The geometry, upright.
        format: The format of the variant.
        frames: How many frames it gets; one is a still image.
    """

    name: str
    transformation: Transformation
    plan: Plan
    format: OutputFormat
    frames: int

    @property
    def essence(self) -> Self:
        """All but the name: variants of one source that have it in common come out alike."""
        return replace(self, name="")

    @property
    def pixels(self) -> int:
        """The area of all frames."""
        return self.plan.output.pixels * self.frames


Step = Callable[[Picture, Making], Picture]
"""One image operation. A step that has nothing to do for a variant returns the picture as it is."""


def prepare(
    name: str, wanted: Transformation, *, base: Size, output: OutputFormat, frames: int, limits: SourceLimits
) -> Making:
    """Work out what a variant means for a source.

    Args:
        name: Name of the variant.
        wanted: What is asked.
        base: Size, upright, of what it is scaled from.
        output: Its format.
        frames: How many frames it gets.
        limits: The most that is made of an animation.

    Raises:
        ImpossibleTransformation: The variant would be larger than the limits.
    """
    planned = plan(base, wanted)
    if frames > 1:
        _check_animation(planned, frames, limits)
    rest = wanted.model_copy(update=_WORKED_OUT)
    return Making(name=name, transformation=rest, plan=planned, format=output, frames=frames)


def _check_animation(planned: Plan, frames: int, limits: SourceLimits) -> None:
    pixels = frames * max(planned.scaled.pixels, planned.output.pixels)
    if pixels > limits.max_total_pixels:
        raise ImpossibleTransformation(
            f"The animation would have {pixels:,} pixels in its {frames} frames; "
            f"at most {limits.max_total_pixels:,} are made."
        )
