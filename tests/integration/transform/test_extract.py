"""Parts of a source, by the colors of a picture of four quarters: red, green, blue and yellow."""

import numpy as np
import pytest

from pixelmill.domain.errors import TaskError
from pixelmill.transform.order import MadeVariant
from tests.integration.transform.conftest import Make, MakeAll
from tests.support.images import (
    BLUE,
    GREEN,
    RED,
    YELLOW,
    animation,
    are_close,
    color_at,
    encode,
    opened,
    oriented,
    photo,
    pixels_of,
    quarters,
)

UPRIGHT = quarters(80, 48)


@pytest.mark.parametrize(
    ("left", "top", "color"), [(0, 0, RED), (40, 0, GREEN), (0, 24, BLUE), (40, 24, YELLOW)], ids=str
)
@pytest.mark.parametrize("tag", [1, 2, 6, 7])
def test_a_crop_takes_a_part_of_the_upright_picture(
    make: Make, tag: int, left: int, top: int, color: tuple[int, ...]
) -> None:
    """In pixels of what a viewer sees, however the file stores it; the result is resized from that part alone."""
    crop = {"left": left, "top": top, "width": 40, "height": 24}
    pixels = pixels_of(make(oriented(UPRIGHT, "PNG", tag), "png", width=20, crop=crop))

    assert pixels.shape == (12, 20, 3)
    assert all(are_close(color_at(pixels, across, down), color) for across in (0, 1) for down in (0, 1))


def test_a_crop_is_exact_to_the_pixel(make: Make) -> None:
    """Also in a photo that is decoded and not resized."""
    pixels = photo(200, 100)

    made = make(encode(pixels, "PNG"), "png", width=31, crop={"left": 7, "top": 5, "width": 31, "height": 17})

    assert (pixels_of(made) == pixels[5:22, 7:38]).all()


@pytest.mark.parametrize("image_format", ["JPEG", "WEBP"])
def test_a_small_result_of_a_large_photo_is_where_it_should_be(make: Make, image_format: str) -> None:
    """What can be shrunk while it is decoded is not, where pixels are counted."""
    source = encode(quarters(1600, 1200), image_format, quality=95)

    pixels = pixels_of(
        make(source, image_format.lower(), width=20, crop={"left": 801, "top": 601, "width": 400, "height": 400})
    )

    assert (np.abs(pixels.astype(int) - YELLOW) <= 12).all()


def test_the_whole_picture_may_be_the_crop(make: Make) -> None:
    """The last pixel belongs to the picture."""
    source = encode(UPRIGHT, "PNG")

    made = make(source, "png", width=80, crop={"left": 0, "top": 0, "width": 80, "height": 48})

    assert (pixels_of(made) == UPRIGHT).all()


def test_a_crop_outside_the_image_fails_alone(make_all: MakeAll) -> None:
    """The size is known only once the source is; the other variants of the task are made."""
    outside = {"left": 70, "top": 0, "width": 11, "height": 10}

    made = make_all(encode(UPRIGHT, "PNG"), "png", {"good": {"width": 8}, "bad": {"width": 8, "crop": outside}})

    assert isinstance(made.variants["good"], MadeVariant)
    assert isinstance(made.variants["bad"], TaskError)
    assert made.variants["bad"].code == "impossible_transformation"
    assert made.variants["bad"].detail == (
        "The crop of 11 x 10 pixels at 70, 0 reaches beyond the image, which measures 80 x 48."
    )


def test_many_parts_come_from_one_source(make_all: MakeAll) -> None:
    """Each variant from its own part, beside others of the whole."""
    part = {"top": 0, "width": 40, "height": 24}
    wanted = {
        "left": {"width": 10, "crop": part | {"left": 0}},
        "right": {"width": 10, "crop": part | {"left": 40}},
        "right_large": {"width": 40, "crop": part | {"left": 40}},
        "whole": {"width": 10},
    }

    made = make_all(encode(UPRIGHT, "PNG"), "png", wanted)

    assert list(made.variants) == list(wanted)
    files = {name: each.path.read_bytes() for name, each in made.variants.items() if isinstance(each, MadeVariant)}
    assert {name: opened(content).size for name, content in files.items()} == {
        "left": (10, 6),
        "right": (10, 6),
        "right_large": (40, 24),
        "whole": (10, 6),
    }
    assert are_close(color_at(pixels_of(files["left"]), 0.9, 0.5), RED)
    assert are_close(color_at(pixels_of(files["right"]), 0.1, 0.5), GREEN)
    assert are_close(color_at(pixels_of(files["whole"]), 0.1, 0.1), RED)


def test_every_frame_is_cropped(make: Make) -> None:
    """An animation keeps all of them."""
    frames = [UPRIGHT, UPRIGHT // 2]
    crop = {"left": 40, "top": 24, "width": 40, "height": 24}

    made = opened(make(animation(frames, "GIF", delays_ms=[100, 100], loop=0), "gif", width=20, height=12, crop=crop))

    assert made.n_frames == 2  # type: ignore[attr-defined] # of an animation
    assert are_close(color_at(np.asarray(made.convert("RGB")), 0.5, 0.5), YELLOW)
