import pytest

from tests.integration.transform.conftest import Make, MakeAll
from tests.support.images import (
    BLUE,
    GREEN,
    ORIENTATION,
    RED,
    YELLOW,
    are_close,
    color_at,
    opened,
    oriented,
    pixels_of,
    quarters,
)

UPRIGHT = quarters(80, 48)


@pytest.mark.parametrize("tag", range(1, 9))
@pytest.mark.parametrize("image_format", ["JPEG", "WEBP", "AVIF", "TIFF", "PNG"])
def test_a_turned_picture_comes_out_upright(make: Make, image_format: str, tag: int) -> None:
    """Each of the eight orientations, in every format that can say so; the result does not say so any more."""
    made = make(oriented(UPRIGHT, image_format, tag), image_format.lower(), width=40, format="png")
    pixels = pixels_of(made)
    corners = [color_at(pixels, across, down) for down in (0.1, 0.9) for across in (0.1, 0.9)]

    assert pixels.shape == (24, 40, 3)
    assert all(are_close(*pair) for pair in zip(corners, [RED, GREEN, BLUE, YELLOW], strict=True))
    assert opened(made).getexif().get(ORIENTATION) is None


@pytest.mark.parametrize("tag", range(1, 9))
def test_a_crop_means_the_upright_picture(make: Make, tag: int) -> None:
    """The right half is what a viewer sees on the right, however the file stores it."""
    pixels = pixels_of(make(oriented(UPRIGHT, "JPEG", tag), "jpeg", width=20, height=24, position="right"))

    assert are_close(color_at(pixels, 0.5, 0.2), GREEN)
    assert are_close(color_at(pixels, 0.5, 0.8), YELLOW)


@pytest.mark.parametrize("tag", [1, 6])
def test_the_size_reported_is_the_upright_one(make_all: MakeAll, tag: int) -> None:
    """Width and height of the source are what a viewer sees."""
    made = make_all(oriented(UPRIGHT, "JPEG", tag), "jpeg", {"image": {"width": 10}})

    assert (made.width, made.height) == (80, 48)


@pytest.mark.parametrize("tag", [6, 8])
def test_a_large_turned_photo_can_be_shrunk_on_load(make: Make, tag: int) -> None:
    """Reading a file from top to bottom and turning it do not get into each other's way."""
    pixels = pixels_of(make(oriented(quarters(2400, 1600), "JPEG", tag), "jpeg", width=150))

    assert pixels.shape == (100, 150, 3)
    assert are_close(color_at(pixels, 0.1, 0.1), RED)
    assert are_close(color_at(pixels, 0.9, 0.9), YELLOW)
