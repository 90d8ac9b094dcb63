"""Mirror: upside down, left to right."""

from dataclasses import replace

from pixelmill.transform.base import base_of
from pixelmill.transform.making import Making
from pixelmill.transform.picture import Picture


def mirror(picture: Picture, making: Making) -> Picture:
    """Note how the upright picture is mirrored; `orient` does it, in one go with the turn it does anyway."""
    flip, flop = making.transformation.flip, making.transformation.flop
    base = base_of(making.transformation)
    if base.tilt is not None:
        return picture  # done before it was tilted
    if base.quarter_turns % 2:
        flip, flop = flop, flip  # mirroring comes before a turn that is noted already
    return replace(picture, orientation=picture.orientation.mirrored(across=flop, down=flip))
