"""Orient: turn the picture upright, and forget the tag that said how."""

from dataclasses import replace

from pixelmill.transform.making import Making
from pixelmill.transform.orientation import UPRIGHT
from pixelmill.transform.picture import Picture


def orient(picture: Picture, _making: Making) -> Picture:
    """Turn by the EXIF orientation each frame carries.

    A turn reads from bottom to top or from right to left: the picture has to lie in memory.
    """
    return replace(picture.map(lambda frame: frame.autorot()), orientation=UPRIGHT)
