"""Mirror: upside down, left to right."""

from dataclasses import replace

from pixelmill.transform.making import Making
from pixelmill.transform.picture import Picture


def mirror(picture: Picture, making: Making) -> Picture:
    """Note how the upright picture is mirrored; `orient` does it, in one go with the turn it does anyway."""
    wanted = making.transformation
    return replace(picture, orientation=picture.orientation.mirrored(across=wanted.flop, down=wanted.flip))
