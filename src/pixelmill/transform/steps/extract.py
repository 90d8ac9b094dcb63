"""Extract: take a part of the source, as sharp's `extract` before a resize."""

from pixelmill.domain.errors import ImpossibleTransformation
from pixelmill.transform.base import Base
from pixelmill.transform.geometry import Box
from pixelmill.transform.picture import Picture


def extract(picture: Picture, base: Base) -> Picture:
    """Cut the part that is asked for out of every frame.

    Raises:
        ImpossibleTransformation: It does not lie wholly inside the picture.
    """
    crop, size = base.crop, picture.size
    if crop is None:
        return picture
    if crop.left + crop.width > size.width or crop.top + crop.height > size.height:
        raise ImpossibleTransformation(
            f"The crop of {crop.width} x {crop.height} pixels at {crop.left}, {crop.top} reaches beyond the image, "
            f"which measures {size.width} x {size.height}."
        )
    box = picture.orientation.stored(Box(crop.left, crop.top, crop.width, crop.height), upright=size)
    return picture.map(lambda frame: frame.crop(box.left, box.top, box.width, box.height))
