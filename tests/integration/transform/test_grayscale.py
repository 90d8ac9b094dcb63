import numpy as np
import pytest

from tests.integration.transform.conftest import Make
from tests.support.images import RED, are_close, color_at, encode, opened, pixels_of, plain
from tests.support.profiles import P3

LIGHT_GRAY = (220, 220, 220)
"""Green, as bright as it looks."""


@pytest.mark.parametrize("output", ["jpeg", "png", "webp", "avif", "gif"])
def test_a_picture_becomes_gray(make: Make, output: str) -> None:
    """By how bright its colors look, in every format."""
    made = make(encode(plain(40, 40, (0, 255, 0)), "PNG"), "png", width=20, grayscale=True, format=output)

    assert are_close(color_at(pixels_of(made), 0.5, 0.5), LIGHT_GRAY, tolerance=3)


def test_gray_needs_one_channel(make: Make) -> None:
    """Where the format has such pictures, nothing is written three times."""
    assert opened(make(encode(plain(9, 9, RED), "PNG"), "png", width=9, grayscale=True, format="jpeg")).mode == "L"


def test_transparency_stays(make: Make) -> None:
    """Gray is a matter of color."""
    made = make(encode(plain(40, 40, (0, 255, 0, 128)), "PNG"), "png", width=40, grayscale=True)

    assert color_at(pixels_of(made, "RGBA"), 0.5, 0.5) == (*LIGHT_GRAY, 128)


def test_the_bars_become_gray_too(make: Make) -> None:
    """The whole variant is gray, as with sharp."""
    made = make(
        encode(plain(40, 20, RED), "PNG"), "png", width=20, height=20, fit="contain", background="#0f0", grayscale=True
    )

    assert are_close(color_at(pixels_of(made), 0.5, 0.05), LIGHT_GRAY, tolerance=3)


def test_a_profile_counts(make: Make) -> None:
    """A color of a wide gamut is as bright as it is, not as its numbers would be in sRGB."""
    color = (30, 200, 60)
    source = encode(plain(40, 40, color), "JPEG", quality=95, icc_profile=P3.profile)
    same = encode(plain(40, 40, P3.in_srgb(color)), "PNG")

    seen, expected = (
        np.asarray(color_at(pixels_of(make(content, kind, width=20, grayscale=True, format="png")), 0.5, 0.5))
        for content, kind in ((source, "jpeg"), (same, "png"))
    )

    assert np.abs(seen - expected).max() <= 3
