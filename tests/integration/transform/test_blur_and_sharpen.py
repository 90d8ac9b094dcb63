import numpy as np
import pytest

from tests.integration.transform.conftest import Make
from tests.support.images import Pixels, are_close, color_at, encode, photo, pixels_of, plain

PHOTO = encode(photo(300, 200), "PNG")


def edge() -> Pixels:
    """Dark gray on the left, light gray on the right."""
    pixels = plain(100, 60, (80, 80, 80))
    pixels[:, 50:] = 170
    return pixels


def detail(pixels: Pixels) -> float:
    return float(np.abs(np.diff(pixels.astype(int), axis=1)).mean())


def test_blur_spreads_an_edge(make: Make) -> None:
    """By the sigma of a Gaussian: one sigma off the edge a sixth of the step is left."""
    row = pixels_of(make(encode(edge(), "PNG"), "png", width=100, blur=5))[30, :, 0].astype(int)

    assert abs(row[54] - (170 - 90 * 0.16)) < 6
    assert abs(row[45] - (80 + 90 * 0.16)) < 6
    assert (row[[2, 97]] == (80, 170)).all()


def test_sharpen_steepens_an_edge(make: Make) -> None:
    """The dark side gets darker beside the light one, and the light side lighter."""
    row = pixels_of(make(encode(edge(), "PNG"), "png", width=100, sharpen=1.5))[30, :, 0].astype(int)

    assert row[49] < 75
    assert row[50] > 175
    assert np.abs(row[[5, 95]] - (80, 170)).max() <= 1


@pytest.mark.parametrize("output", ["jpeg", "png", "webp", "avif", "gif"])
def test_every_format_can_be_blurred_and_sharpened(make: Make, output: str) -> None:
    """More detail, less detail; in the size that was asked for."""
    blurred, plain_one, sharpened = (
        pixels_of(make(PHOTO, "png", width=150, format=output, **each)) for each in ({"blur": 2}, {}, {"sharpen": 1})
    )

    assert blurred.shape == plain_one.shape == sharpened.shape
    assert detail(blurred) < detail(plain_one) < detail(sharpened)


@pytest.mark.parametrize("change", [{"blur": 4}, {"sharpen": 2}])
def test_the_color_under_transparency_does_not_bleed(make: Make, change: dict[str, float]) -> None:
    """Red beside nothing, under which green is stored, stays red."""
    pixels = plain(80, 40, (220, 20, 30, 255))
    pixels[:, 40:] = (0, 255, 0, 0)

    made = pixels_of(make(encode(pixels, "PNG"), "png", width=80, **change), "RGBA").astype(int)
    seen = made[made[:, :, 3] > 40]

    assert (seen[:, 0] > 3 * seen[:, 1]).all()


@pytest.mark.parametrize("change", [{"blur": 4}, {"sharpen": 2}])
def test_gray_stays_gray(make: Make, change: dict[str, float]) -> None:
    """One channel in, one brightness out."""
    pixels = pixels_of(make(encode(plain(40, 40, (90,)), "PNG"), "png", width=40, **change))

    assert are_close(color_at(pixels, 0.5, 0.5), (90, 90, 90), 1)


def test_the_result_is_what_is_blurred(make: Make) -> None:
    """Sigma counts in pixels of the result, bars and all."""
    made = make(
        encode(plain(100, 50, (0, 0, 0)), "PNG"), "png", width=50, height=50, fit="contain", background="#fff", blur=3
    )
    column = pixels_of(made)[:, 25, 0].astype(int)

    assert 90 < column[12] < 165
    assert column[1] > 250
    assert column[25] < 5
