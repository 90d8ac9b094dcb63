"""Resize: the whole picture to another size."""

from pixelmill.transform.geometry import Size
from pixelmill.transform.picture import Picture


def resize(picture: Picture, size: Size) -> Picture:
    """Resize every frame with Lanczos 3 (bicubic where it grows), as sharp does.

    Args:
        picture: Premultiplied, if it has transparency.
        size: The size to reach, upright.
    """
    if picture.size == size:
        return picture
    stored = picture.orientation.turned(size)
    return picture.map(
        lambda frame: frame.resize(stored.width / frame.width, vscale=stored.height / frame.height, kernel="lanczos3")
    )
