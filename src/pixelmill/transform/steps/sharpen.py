"""Sharpen: raise the contrast of edges."""

from typing import Final

from pixelmill.transform.making import Making
from pixelmill.transform.picture import Picture
from pixelmill.transform.steps.premultiply import between_neighbors

SLOPES: Final = {"m1": 1.0, "m2": 2.0, "x1": 2.0, "y2": 10.0, "y3": 20.0}
"""How much flat and jagged areas are sharpened, and at most lightened and darkened: sharp's defaults."""


def sharpen(picture: Picture, making: Making) -> Picture:
    """Sharpen the lightness of the picture by the sigma that is asked for."""
    sigma = making.transformation.sharpen
    if sigma is None:
        return picture
    return between_neighbors(picture, lambda frame: frame.sharpen(sigma=sigma, **SLOPES))
