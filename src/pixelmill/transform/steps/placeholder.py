"""Placeholder: a picture in some characters, for a page to show until the picture itself is there."""

import base64
from collections.abc import Callable
from typing import Final

import blurhash
import pyvips

from pixelmill.domain.transformation import Placeholder
from pixelmill.transform.making import Making
from pixelmill.transform.picture import Picture
from pixelmill.transform.steps.background import channels

LONG_SIDE: Final = 32
MIN_SIDE: Final = 8
"""Sides, in pixels, of the picture that placeholders are made from: more than one for each wave that they keep, however
small or thin the image is. More makes no better ones, and takes longer."""

BLURHASH_WAVES: Final = (4, 3)
"""How many waves a BlurHash keeps along the longer and along the shorter side: 28 characters."""


def placeholder(picture: Picture, making: Making) -> str | None:
    """What the picture looks like, of an animation its first frame; None if nobody asked.

    Args:
        picture: As it is encoded.
        making: The variant.
    """
    kind = making.transformation.placeholder
    return None if kind is None else _KINDS[kind](_small(picture.frames[0]), making)


def _small(frame: pyvips.Image) -> pyvips.Image:
    scale = LONG_SIDE / max(frame.width, frame.height)
    width, height = (max(MIN_SIDE, round(side * scale)) for side in (frame.width, frame.height))
    # The frame is upright already, whatever its metadata says.
    return frame.colourspace("srgb").thumbnail_image(width, height=height, size="force", no_rotate=True)


def _blurhash(small: pyvips.Image, making: Making) -> str:
    """A BlurHash, which knows no transparency: the picture lies on its background."""
    if small.hasalpha():
        small = small.flatten(background=channels(making.transformation.background)[:3])
    across, down = BLURHASH_WAVES if small.width >= small.height else reversed(BLURHASH_WAVES)
    return str(blurhash.encode(_rows(small), across, down))


def _rows(small: pyvips.Image) -> list[list[bytes]]:
    """Red, green and blue of every pixel, row by row."""
    values, row_bytes = bytes(small.write_to_memory()), 3 * small.width
    return [[values[at : at + 3] for at in range(row, row + row_bytes, 3)] for row in range(0, len(values), row_bytes)]


def _thumbhash(small: pyvips.Image, _making: Making) -> str:
    """A ThumbHash, in base64; it knows transparency."""
    # It loads numpy and Pillow where tests have installed them, which takes longer than most transforms.
    from thash import rgba_to_thumb_hash_pure  # noqa: PLC0415

    small = small if small.hasalpha() else small.addalpha()
    code = rgba_to_thumb_hash_pure(small.width, small.height, list(bytes(small.write_to_memory())))
    return base64.b64encode(bytes(code)).decode()


def _color(small: pyvips.Image, _making: Making) -> str:
    """The mean color as `#rrggbb`: of its sRGB numbers, as if scaled to one pixel; what is not seen does not count."""
    if not small.hasalpha():
        return _hex([small[band].avg() for band in range(3)])
    alpha = small[3]
    weight = alpha.avg() or 1.0
    return _hex([(small[band] * alpha).avg() / weight for band in range(3)])


def _hex(color: list[float]) -> str:
    return "#" + bytes(int(channel + 0.5) for channel in color).hex()


_KINDS: Final[dict[Placeholder, Callable[[pyvips.Image, Making], str]]] = {
    Placeholder.BLURHASH: _blurhash,
    Placeholder.THUMBHASH: _thumbhash,
    Placeholder.COLOR: _color,
}
