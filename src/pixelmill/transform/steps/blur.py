"""Blur: mix every pixel with those around it."""

from pixelmill.transform.making import Making
from pixelmill.transform.picture import Picture
from pixelmill.transform.steps.premultiply import between_neighbors


def blur(picture: Picture, making: Making) -> Picture:
    """Blur by a Gaussian of the sigma that is asked for, as precisely as sharp does."""
    sigma = making.transformation.blur
    if sigma is None:
        return picture
    return between_neighbors(picture, lambda frame: frame.gaussblur(sigma, min_ampl=0.2, precision="integer"))
