"""The base: what variants are scaled from, which is the whole source or what a request takes of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from pixelmill.domain.transformation import Crop, Transformation


@dataclass(frozen=True, slots=True)
class Base:
    """What is done to the upright source before it is scaled. Variants that ask for the same share it.

    Args:
        crop: The part that is taken; None for all of it.
    """

    crop: Crop | None = None


WHOLE: Final = Base()
"""The source as it is: it can be shrunk while it is decoded."""


def base_of(wanted: Transformation) -> Base:
    """The base of a variant."""
    return Base(crop=wanted.crop)


def by_base(variants: Iterable[tuple[str, Transformation]]) -> dict[Base, dict[str, Transformation]]:
    """The variants of each base, by name."""
    groups: dict[Base, dict[str, Transformation]] = {}
    for name, wanted in variants:
        groups.setdefault(base_of(wanted), {})[name] = wanted
    return groups
