"""The base: what variants are scaled from, which is the whole source or what a request takes of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from pixelmill.domain.transformation import Crop, Transformation

QUARTER_DEGREES: Final = 90


@dataclass(frozen=True, slots=True)
class Base:
    """What is done to the upright source before it is scaled. Variants that ask for the same share it.

    Args:
        crop: The part that is taken; None for all of it.
        trim: How far the edges that are cut off may differ from the left top pixel; None to cut nothing.
        quarter_turns: How often it is turned by 90 degrees, clockwise.
        tilt: How it is turned by any other angle; None if it is not.
    """

    crop: Crop | None = None
    trim: float | None = None
    quarter_turns: int = 0
    tilt: "Tilt | None" = None

    @property
    def is_shrinkable(self) -> bool:
        """Whether it may be made from a source that was shrunk while it was decoded."""
        return self.crop is None and self.trim is None and self.tilt is None


@dataclass(frozen=True, slots=True)
class Tilt:
    """A turn that needs new pixels.

    Args:
        degrees: Clockwise.
        flip: Whether the picture is mirrored upside down before.
        flop: Whether it is mirrored left to right before.
        background: What fills the corners.
    """

    degrees: float
    flip: bool
    flop: bool
    background: str


def base_of(wanted: Transformation) -> Base:
    """The base of a variant."""
    quarter_turns, rest = divmod(wanted.degrees, QUARTER_DEGREES)
    if rest == 0:
        return Base(wanted.crop, wanted.trim, quarter_turns=int(quarter_turns))
    return Base(wanted.crop, wanted.trim, tilt=Tilt(wanted.degrees, wanted.flip, wanted.flop, wanted.background))


def by_base(variants: Iterable[tuple[str, Transformation]]) -> dict[Base, dict[str, Transformation]]:
    """The variants of each base, by name."""
    groups: dict[Base, dict[str, Transformation]] = {}
    for name, wanted in variants:
        groups.setdefault(base_of(wanted), {})[name] = wanted
    return groups
