"""Trim: cut off edges of one color."""

import pyvips

from pixelmill.transform.base import Base
from pixelmill.transform.geometry import Box
from pixelmill.transform.picture import Picture


def trim(picture: Picture, base: Base) -> Picture:
    """Cut off what looks like the left top pixel of the upright picture, as sharp does, in every frame alike.

    A picture that is all of one color stays whole.

    Raises:
        pyvips.Error: A pixel cannot be computed: it has to lie in memory.
    """
    if base.trim is None:
        return picture
    corner = picture.orientation.stored(Box(0, 0, 1, 1), upright=picture.size)
    background = picture.frames[0].getpoint(corner.left, corner.top)
    found = [box for frame in picture.frames for box in _content(frame, background, base.trim)]
    if not found:
        return picture
    box = _around(found)
    return picture.map(lambda frame: frame.crop(box.left, box.top, box.width, box.height))


def _content(frame: pyvips.Image, background: list[float], threshold: float) -> list[Box]:
    """Where there is something else than background: in color, and in transparency."""
    if not frame.hasalpha():
        return _found(frame, background, threshold)
    alpha = frame[frame.bands - 1]
    return _found(frame, background[:-1], threshold) + _found(alpha, background[-1:], threshold)


def _found(frame: pyvips.Image, background: list[float], threshold: float) -> list[Box]:
    box = Box(*frame.find_trim(background=background, threshold=threshold))
    return [box] if box.width and box.height else []


def _around(boxes: list[Box]) -> Box:
    left, top = min(box.left for box in boxes), min(box.top for box in boxes)
    right, bottom = max(box.left + box.width for box in boxes), max(box.top + box.height for box in boxes)
    return Box(left, top, right - left, bottom - top)
