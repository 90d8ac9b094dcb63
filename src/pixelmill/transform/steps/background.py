"""Background: a color in the bands of a picture."""

from pixelmill.domain.color import Color
from pixelmill.transform.picture import Picture

OPAQUE = 255


def channels(color: Color) -> tuple[int, int, int, int]:
    """Red, green, blue and alpha, 0 to 255, of a color in its canonical form `#rrggbbaa`."""
    red, green, blue, alpha = bytes.fromhex(color.removeprefix("#"))
    return red, green, blue, alpha


def able_to_show(picture: Picture, color: Color) -> Picture:
    """The picture in color, where it is gray and the color is not."""
    red, green, blue, _ = channels(color)
    if picture.frames[0].interpretation != "b-w" or red == green == blue:
        return picture
    return picture.map(lambda frame: frame.colourspace("srgb"))


def in_bands_of(picture: Picture, color: Color) -> list[float]:
    """The color as one number for each band of the picture, which must be able to show it."""
    red, green, blue, alpha = channels(color)
    frame = picture.frames[0]
    opaque: list[float] = [red] if frame.interpretation == "b-w" else [red, green, blue]
    return [*opaque, alpha] if frame.hasalpha() else opaque
