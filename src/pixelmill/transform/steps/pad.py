"""Pad: fill up with background what `contain` leaves free."""

from pixelmill.transform.formats import TRANSPARENT_OUTPUTS
from pixelmill.transform.making import Making
from pixelmill.transform.picture import Picture
from pixelmill.transform.steps.background import OPAQUE, able_to_show, channels, in_bands_of


def pad(picture: Picture, making: Making) -> Picture:
    """Put the picture on a larger canvas; a see-through background makes it transparent where the format can be."""
    plan, background = making.plan, making.transformation.background
    if plan.window is None or not plan.pads:
        return picture
    picture = able_to_show(picture, background)
    if channels(background)[3] < OPAQUE and making.format in TRANSPARENT_OUTPUTS:
        picture = picture.map(lambda frame: frame if frame.hasalpha() else frame.addalpha())
    left, top, width, height = -plan.window.left, -plan.window.top, plan.output.width, plan.output.height
    color = in_bands_of(picture, background)
    return picture.map(lambda frame: frame.embed(left, top, width, height, extend="background", background=color))
