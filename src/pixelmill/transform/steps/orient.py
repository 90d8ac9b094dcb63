"""Orient: turn the picture upright."""

from dataclasses import replace

import pyvips

from pixelmill.transform.making import Making
from pixelmill.transform.orientation import UPRIGHT, Orientation
from pixelmill.transform.picture import Picture


def orient(picture: Picture, _making: Making) -> Picture:
    """Turn by the orientation of the picture."""
    return turned_upright(picture)


def turned_upright(picture: Picture) -> Picture:
    """The picture as it is looked at.

    A turn reads from bottom to top or from right to left: the picture has to lie in memory.
    """
    turn = picture.orientation
    return replace(picture.map(lambda frame: _turned(frame, turn)), orientation=UPRIGHT)


def _turned(frame: pyvips.Image, turn: Orientation) -> pyvips.Image:
    if turn.transposes:
        # A quarter turn is rows and columns changed over, then mirrored across.
        frame = frame.rot90()
    if turn.mirrors_down and turn.mirrors_across != turn.transposes:
        return frame.rot180()
    if turn.mirrors_down:
        return frame.flipver()
    return frame.fliphor() if turn.mirrors_across != turn.transposes else frame
