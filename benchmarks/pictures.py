"""Pictures to measure with: real photographs, and large ones put together from them.

Packages ship photographs of half a megapixel at most. A larger one is a mosaic of them: enlarged a little, mirrored,
next to each other, with the grain of a sensor over it, so that it has the detail of a photograph at every scale.
"""

from functools import cache
from typing import Final

import numpy as np
import skimage.data
from PIL import Image

from tests.support.images import Pixels, photo

ENLARGEMENT: Final = 1.7
GRAIN: Final = 2.5
"""Standard deviation of the noise, of 255: a phone's by day."""


@cache
def photographs() -> tuple[Pixels, ...]:
    """Photographs of 0.1 to 0.4 megapixels, from scikit-image."""
    left, right, _ = skimage.data.stereo_motorcycle()
    shipped = (skimage.data.chelsea(), skimage.data.coffee(), skimage.data.rocket(), skimage.data.astronaut())
    return (*shipped, left, right)


def picture(width: int, height: int, seed: int) -> Pixels:
    """A picture of that size; another one for each seed. Every fourth is generated, the others are of photographs."""
    return photo(width, height, seed) if seed % 4 == 3 else _mosaic(width, height, seed)  # noqa: PLR2004 - every fourth


def _mosaic(width: int, height: int, seed: int) -> Pixels:
    random = np.random.default_rng(seed)
    canvas = Image.new("RGB", (width, height))
    top = 0
    while top < height:
        row_height, left = 0, 0
        while left < width:
            tile = _tile(random)
            canvas.paste(tile, (left, top))
            left, row_height = left + tile.width, max(row_height, tile.height)
        # Overlapping rows: tiles differ in height, and no part of the canvas stays black.
        top += row_height * 2 // 3
    grain = random.normal(0, GRAIN, (height, width, 1)).astype(np.float32)
    pixels: Pixels = np.clip(np.asarray(canvas) + grain, 0, 255).astype(np.uint8)
    return pixels


def _tile(random: np.random.Generator) -> Image.Image:
    photographs_ = photographs()
    tile = Image.fromarray(photographs_[random.integers(len(photographs_))])
    if random.random() < 0.5:  # noqa: PLR2004 - as often as not
        tile = tile.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    size = (round(tile.width * ENLARGEMENT), round(tile.height * ENLARGEMENT))
    return tile.resize(size, Image.Resampling.LANCZOS)
