"""Flatten: lay a background under transparency, for formats that have none."""

from pixelmill.transform.formats import TRANSPARENT_OUTPUTS
from pixelmill.transform.making import Making
from pixelmill.transform.picture import Picture
from pixelmill.transform.steps.background import able_to_show, in_bands_of


def flatten(picture: Picture, making: Making) -> Picture:
    """Blend every frame with the background and drop its alpha."""
    if making.format in TRANSPARENT_OUTPUTS or not picture.frames[0].hasalpha():
        return picture
    picture = able_to_show(picture, making.transformation.background)
    color = in_bands_of(picture, making.transformation.background)[:-1]
    return picture.map(lambda frame: frame.flatten(background=color))
