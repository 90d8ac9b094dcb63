"""Crop: cut out what `cover` shows, by position or by content."""

from typing import Final

from pixelmill.domain.transformation import FocalPoint, Position
from pixelmill.transform.geometry import Box, Size
from pixelmill.transform.making import Making
from pixelmill.transform.picture import Picture

_INTERESTING: Final = {Position.ENTROPY: "entropy", Position.ATTENTION: "attention"}


def crop_by_position(picture: Picture, making: Making) -> Picture:
    """Cut a place known beforehand out of the picture as it is stored, so that nothing else is computed."""
    window = making.plan.window
    if window is None or making.plan.pads or making.plan.output == making.plan.scaled:
        return picture
    box = picture.orientation.stored(window, upright=making.plan.scaled)
    return _cut(picture, box)


def crop_by_content(picture: Picture, making: Making) -> Picture:
    """Cut where the upright picture is most interesting; an animation by its first frame, so that it stands still."""
    output, position = making.plan.output, making.transformation.position
    if isinstance(position, FocalPoint) or not position.is_by_content or picture.size == output:
        return picture
    return _cut(picture, _most_interesting(picture, output, _INTERESTING[position]))


def _most_interesting(picture: Picture, output: Size, interesting: str) -> Box:
    found = picture.frames[0].smartcrop(output.width, output.height, interesting=interesting)
    # libvips crops by itself; where it did so stands in the offsets of what it returns, as distances back.
    return Box(-found.xoffset, -found.yoffset, output.width, output.height)


def _cut(picture: Picture, box: Box) -> Picture:
    return picture.map(lambda frame: frame.crop(box.left, box.top, box.width, box.height))
