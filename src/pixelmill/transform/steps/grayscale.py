"""Grayscale: brightness alone."""

from pixelmill.transform.making import Making
from pixelmill.transform.picture import Picture


def grayscale(picture: Picture, making: Making) -> Picture:
    """Bring sRGB to one channel of gray (CIE luminance, as sharp), and leave alpha as it is."""
    if not making.transformation.grayscale:
        return picture
    return picture.map(lambda frame: frame.colourspace("b-w"))
