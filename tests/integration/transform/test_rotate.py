"""Turned pictures, by their four quarters: red, green, blue and yellow."""

import time

import numpy as np
import pytest

from pixelmill.domain.errors import TaskError
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
    pixels_of,
    plain,
    quarters,
)
from tests.support.profiles import P3

UPRIGHT = quarters(80, 48)
MAGENTA = (255, 0, 255)


@pytest.mark.parametrize("tag", range(1, 9))
@pytest.mark.parametrize("degrees", [90, 180, 270, -90, 360])
def test_quarter_turns_are_exact(make: Make, tag: int, degrees: int) -> None:
    """Clockwise, of the upright picture, without a pixel changed."""
    made = make(oriented(UPRIGHT, "PNG", tag), "png", width=48 if degrees % 180 else 80, rotate=degrees)

    assert (pixels_of(made) == np.rot90(UPRIGHT, -degrees // 90)).all()


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
@pytest.mark.parametrize(("flip", "flop"), [(True, False), (False, True), (True, True)])
def test_mirroring_comes_first(make: Make, degrees: int, *, flip: bool, flop: bool) -> None:
    """As in sharp: `flip` is upside down of what is turned afterwards."""
    made = make(
        oriented(UPRIGHT, "PNG", 6), "png", width=48 if degrees % 180 else 80, rotate=degrees, flip=flip, flop=flop
    )
    mirrored = UPRIGHT[:: -1 if flip else 1, :: -1 if flop else 1]

    assert (pixels_of(made) == np.rot90(mirrored, -degrees // 90)).all()


def test_a_large_turned_photo_can_be_shrunk_on_load(make: Make) -> None:
    """A quarter turn costs no more than none; width and height are those of the turned picture."""
    pixels = pixels_of(make(oriented(quarters(2400, 1600), "JPEG", 8), "jpeg", width=100, rotate=90))

    assert pixels.shape == (150, 100, 3)
    assert are_close(color_at(pixels, 0.1, 0.1), BLUE)
    assert are_close(color_at(pixels, 0.9, 0.9), GREEN)


@pytest.mark.parametrize("degrees", [45, -30, 10.5])
def test_a_tilted_picture_is_whole(make: Make, degrees: float) -> None:
    """400 x 200 lies on the canvas that just holds it; the background fills the corners."""
    across, down = abs(np.cos(np.radians(degrees))), abs(np.sin(np.radians(degrees)))
    width, height = 400 * across + 200 * down, 200 * across + 400 * down

    made = make(encode(quarters(400, 200), "PNG"), "png", width=round(width), rotate=degrees, background="#ff00ff")
    pixels = pixels_of(made)

    assert abs(pixels.shape[0] - height) <= 1
    assert all(are_close(color_at(pixels, across, down), MAGENTA, 2) for across in (0, 1) for down in (0, 1))


def test_a_tilt_is_clockwise(make: Make) -> None:
    """At 45 degrees the left top corner is up, and red, which was left top, lies at the top."""
    pixels = pixels_of(make(encode(quarters(200, 200), "PNG"), "png", width=200, rotate=45))

    places = [(0.5, 0.2), (0.8, 0.5), (0.5, 0.8), (0.2, 0.5)]
    assert all(
        are_close(color_at(pixels, *place), color)
        for place, color in zip(places, [RED, GREEN, YELLOW, BLUE], strict=True)
    )


def test_what_is_tilted_was_mirrored_before(make: Make) -> None:
    """Once."""
    pixels = pixels_of(make(oriented(quarters(200, 200), "PNG", 3), "png", width=200, rotate=45, flop=True))

    assert are_close(color_at(pixels, 0.5, 0.2), GREEN)
    assert are_close(color_at(pixels, 0.2, 0.5), YELLOW)


@pytest.mark.parametrize(
    ("background", "expected"), [("transparent", (0, 0, 0, 0)), ("#ff000080", (255, 0, 0, 128))], ids=str
)
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_corners_can_be_transparent(make: Make, channels: int, background: str, expected: tuple[int, ...]) -> None:
    """Of a gray, an opaque and a transparent picture; their own colors stay."""
    color = (120, 120, 120, 255)[:channels]
    source = encode(plain(100, 100, color), "PNG")

    pixels = pixels_of(make(source, "png", width=70, rotate=45, background=background), "RGBA")

    assert are_close(color_at(pixels, 0, 0), expected, 2)
    assert are_close(color_at(pixels, 0.5, 0.5), (120, 120, 120, 255), 2)


def test_the_background_is_srgb(make: Make) -> None:
    """Also around a picture of another color space, which is converted itself."""
    source = encode(plain(100, 100, (100, 180, 60)), "PNG", icc_profile=P3.profile)

    pixels = pixels_of(make(source, "png", width=70, rotate=45, background="#ff8000"))

    assert are_close(color_at(pixels, 0, 0), (255, 128, 0), 1)
    assert are_close(color_at(pixels, 0.5, 0.5), P3.in_srgb((100, 180, 60)), 5)


def test_a_part_is_taken_before_it_is_turned(make: Make) -> None:
    """`crop` counts in pixels of the source."""
    crop = {"left": 40, "top": 0, "width": 40, "height": 24}

    pixels = pixels_of(make(encode(UPRIGHT, "PNG"), "png", width=24, crop=crop, rotate=90))

    assert pixels.shape == (40, 24, 3)
    assert are_close(color_at(pixels, 0.5, 0.5), GREEN)


@pytest.mark.parametrize("degrees", [90, 45])
def test_every_frame_is_turned(make: Make, degrees: int) -> None:
    """An animation stays in step."""
    frames = [UPRIGHT, UPRIGHT // 2]
    source = animation(frames, "GIF", delays_ms=[100, 100], loop=0)

    made = opened(make(source, "gif", width=48, height=48, fit="fill", rotate=degrees))

    assert made.n_frames == 2  # type: ignore[attr-defined] # of an animation
    assert made.size == (48, 48)


def test_a_strip_may_not_grow_to_a_huge_canvas(make_all: MakeAll) -> None:
    """60,000 x 4 pixels tilted need 1.8 gigapixels: refused before one of them is computed."""
    source = encode(plain(60_000, 4, RED), "PNG")
    started = time.process_time()

    made = make_all(source, "png", {"image": {"width": 100, "rotate": 45}}).variants["image"]

    assert isinstance(made, TaskError)
    assert made.code == "impossible_transformation"
    assert "at most 64,000,000" in made.detail
    assert time.process_time() - started < 2
