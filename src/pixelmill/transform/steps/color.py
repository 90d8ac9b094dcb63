"""Color: everything becomes 8-bit sRGB, the one space every screen and browser agrees on."""

from functools import lru_cache
from typing import Final

import pyvips

from pixelmill.transform.making import Making
from pixelmill.transform.picture import Picture

PROFILE: Final = "icc-profile-data"
_INTENT: Final = "perceptual"  # as sharp
_MAX_BANDS: Final = 4  # red, green, blue, alpha; what a TIFF has beyond is not color
_MAX_GRAY_BANDS: Final = 2
_GRID: Final = range(0, 256, 17)
_MAX_PROBED_BYTES: Final = 64 * 1024  # profiles of matrices and curves, as sRGB's, are far smaller
_UNSEEN_DIFFERENCE: Final = 1  # of 255: rounding


def to_working_space(picture: Picture) -> Picture:
    """Bring what cannot be resized well as it is to 8-bit sRGB or gray: CMYK, Lab, 16 bits, floats.

    8-bit RGB and gray stay, with their profile: they are converted when they are small (`to_srgb`).
    """
    return picture.map(_in_working_space)


def to_srgb(picture: Picture, _making: Making) -> Picture:
    """Convert by the embedded profile."""
    return in_srgb(picture)


def in_srgb(picture: Picture) -> Picture:
    """The picture converted by its profile. One that cannot be used with these pixels is ignored, as browsers do."""
    return picture.map(_by_profile)


def _in_working_space(image: pyvips.Image) -> pyvips.Image:
    if image.format == "uchar" and image.interpretation in {"srgb", "b-w"}:
        return _without_excess_bands(image)
    if image.interpretation == "cmyk":
        image = image.icc_transform("srgb", embedded=True, input_profile="cmyk", intent=_INTENT)
    elif image.interpretation == "rgb16" and image.get_typeof(PROFILE):
        image = _transformed(image)
    elif image.interpretation != "b-w":
        image = image.colourspace("b-w" if image.interpretation == "grey16" else "srgb")
    return _without_excess_bands(_without_profile(image.cast("uchar")))


def _by_profile(image: pyvips.Image) -> pyvips.Image:
    if not image.get_typeof(PROFILE):
        return image
    profile = bytes(image.get(PROFILE))
    if len(profile) <= _MAX_PROBED_BYTES and _is_srgb(profile):
        return image
    return _without_profile(_transformed(image))


def _transformed(image: pyvips.Image) -> pyvips.Image:
    try:
        return image.icc_transform("srgb", embedded=True, intent=_INTENT, depth=8)
    except pyvips.Error:
        return image.colourspace("srgb")


@lru_cache(maxsize=64)
def _is_srgb(profile: bytes) -> bool:
    """Whether a profile leaves every color where it is: many files carry sRGB's own, in some dozens of editions."""
    grid = bytes(value for red in _GRID for green in _GRID for blue in _GRID for value in (red, green, blue))
    colors = pyvips.Image.new_from_memory(grid, len(grid) // 3, 1, 3, "uchar").copy(interpretation="srgb")
    colors.set_type(pyvips.GValue.blob_type, PROFILE, profile)
    return bool((_transformed(colors) - colors).abs().max() <= _UNSEEN_DIFFERENCE)


def _without_profile(image: pyvips.Image) -> pyvips.Image:
    image = image.copy()
    image.remove(PROFILE)
    return image


def _without_excess_bands(image: pyvips.Image) -> pyvips.Image:
    most = _MAX_GRAY_BANDS if image.interpretation == "b-w" else _MAX_BANDS
    return image[:most] if image.bands > most else image
