"""The pyramid: which scaled image is made from which, so that one decode serves every variant. Pure arithmetic."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from pixelmill.transform.geometry import Size

MIN_STEP: Final = 1.45
"""By how much a level is reduced, at least, when another one is made of it: by a half, less what sides are rounded.
SSIMULACRA 2 does not tell such a level from one made of the source, and it costs a fraction."""

JPEG_SHRINKS: Final = {8: 10.0, 4: 5.0, 2: 3.0}
"""What libjpeg can shrink by while it decodes, at next to no cost, and the reduction from which on it does.

What is left to resize is 1.25 at least after a shrink by 8 or 4, 1.5 after one by 2, which aliases more: with less it
shows, with more it costs, and nobody sees it (decision 18). sharp's rule, but for 8, which it takes from 9 on.
"""

WEBP_RESIDUAL: Final = 1.5
"""What is left to resize after libwebp has scaled while it decodes."""


@dataclass(slots=True)
class Level:
    """One scaled size of the whole image, and the smaller levels that are best made from it."""

    size: Size
    smaller: list["Level"] = field(default_factory=list)


def pyramid(sizes: Iterable[Size]) -> list[Level]:
    """Arrange sizes so that each is made from the smallest one at least half as large again, on both sides.

    Returns:
        The levels that are made from the decoded image itself, largest first; every size is in the tree once.
        Walking it depth first keeps few images in memory: each is at most half of the one before it.
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


def reduction(source: Size, sizes: Iterable[Size]) -> float:
    """By how much the source is reduced for every one of the sizes, on both sides.

    Returns:
        At least 1.0, which means: not at all.
    """
    return max(1.0, min(min(source.width / size.width, source.height / size.height) for size in sizes))


def jpeg_shrink(reduction: float) -> int:
    """The most that libjpeg may shrink by on load, for a given reduction."""
    return next((shrink for shrink, least in JPEG_SHRINKS.items() if reduction >= least), 1)


def webp_scale(reduction: float) -> float:
    """The factor that libwebp may scale by on load, for a given reduction."""
    return min(1.0, WEBP_RESIDUAL / reduction)
