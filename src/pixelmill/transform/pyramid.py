"""The pyramid: which scaled image is made from which, so that one decode serves every variant. Pure arithmetic."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from pixelmill.transform.geometry import Size

MIN_STEP: Final = 2
"""A level is made from another only where both its sides halve at least: less shows in SSIM, more saves nothing."""

MIN_RESIDUAL: Final = 1.5
"""What is left to resize after a decoder has shrunk: less aliases, more costs (SSIM and CPU measured on photos)."""

JPEG_SHRINKS: Final = (8, 4, 2)
"""What libjpeg can shrink by while it decodes, at next to no cost."""


@dataclass(slots=True)
class Level:
    """One scaled size of the whole image, and the smaller levels that are best made from it."""

    size: Size
    smaller: list["Level"] = field(default_factory=list)


def pyramid(sizes: Iterable[Size]) -> list[Level]:
    """Arrange sizes so that each is made from the smallest one at least twice as large, on both sides.

    Returns:
        The levels that are made from the decoded image itself, largest first; every size is in the tree once.
        Walking it depth first keeps few images in memory: each is at most a quarter of the one before it.
    """
    roots: list[Level] = []
    placed: list[Level] = []
    for size in sorted(set(sizes), key=lambda size: (size.pixels, size.width), reverse=True):
        level = Level(size)
        parent = min(
            (larger for larger in placed if larger.size.holds(size, times=MIN_STEP)),
            key=lambda larger: larger.size.pixels,
            default=None,
        )
        (parent.smaller if parent else roots).append(level)
        placed.append(level)
    return roots


def spare_factor(source: Size, sizes: Iterable[Size]) -> float:
    """By how much a decoder may shrink the source so that every size can still be resized down well from it.

    Returns:
        At least 1.0, which means: not at all.
    """
    tightest = min(min(source.width / size.width, source.height / size.height) for size in sizes)
    return max(1.0, tightest / MIN_RESIDUAL)


def jpeg_shrink(factor: float) -> int:
    """The most that libjpeg may shrink by, for a given spare factor."""
    return next((shrink for shrink in JPEG_SHRINKS if shrink <= factor), 1)
