"""A placeholder shows what the image will, as the decoder of each kind reads it."""

import base64
import math
import re
from typing import Any

import blurhash
import numpy as np
import pytest
import thash

from pixelmill.transform.order import MadeVariant
from tests.integration.transform.conftest import MakeAll
from tests.support.images import (
    BLUE,
    GREEN,
    RED,
    YELLOW,
    Pixels,
    animation,
    are_close,
    color_at,
    encode,
    oriented,
    plain,
    quarters,
)

CORNERS = {(0.2, 0.2): RED, (0.8, 0.2): GREEN, (0.2, 0.8): BLUE, (0.8, 0.8): YELLOW}


def placeholder(make_all: MakeAll, content: bytes, image_format: str, **parameters: Any) -> str:  # noqa: ANN401 - a transformation's fields
    variant = make_all(content, image_format, {"image": parameters}).variants["image"]
    assert isinstance(variant, MadeVariant)
    assert variant.placeholder is not None
    return variant.placeholder


def shown(kind: str, code: str) -> Pixels:
    """What a page shows, 32 pixels wide and as high as the code or its use says."""
    if kind == "blurhash":
        return np.array(blurhash.decode(code, 32, 32), np.uint8)
    width, height, rgba = thash.thumb_hash_to_rgba(list(base64.b64decode(code, validate=True)))
    return np.frombuffer(rgba, np.uint8).reshape(height, width, 4)


def nearest(color: tuple[int, ...]) -> tuple[int, ...]:
    """The one of the colors in the corners that a blurred color comes from."""
    return min(CORNERS.values(), key=lambda corner: math.dist(corner, color))


@pytest.mark.parametrize("output", ["jpeg", "png", "webp", "avif", "gif"])
@pytest.mark.parametrize("kind", ["blurhash", "thumbhash"])
def test_a_hash_shows_the_picture(make_all: MakeAll, kind: str, output: str) -> None:
    """Upright, in its colors, whatever the format of the variant."""
    source = oriented(quarters(120, 90), "JPEG", tag=6)

    pixels = shown(kind, placeholder(make_all, source, "jpeg", width=60, format=output, placeholder=kind))[:, :, :3]

    assert {place: nearest(color_at(pixels, *place)) for place in CORNERS} == CORNERS


@pytest.mark.parametrize("kind", ["blurhash", "thumbhash", "color"])
def test_it_shows_what_was_made_of_the_picture(make_all: MakeAll, kind: str) -> None:
    """Cut, turned and gray as the variant is."""
    asked = {"crop": {"left": 0, "top": 0, "width": 50, "height": 50}, "grayscale": True, "width": 40}
    gray_of_red = plain(40, 40, (102, 102, 102))

    code = placeholder(make_all, encode(quarters(100, 100), "PNG"), "png", placeholder=kind, **asked)

    assert code == placeholder(make_all, encode(gray_of_red, "PNG"), "png", width=40, placeholder=kind)


def test_a_color_is_the_mean_of_what_is_seen(make_all: MakeAll) -> None:
    """Half red, half green, and what hides behind transparency does not count."""
    pixels = plain(40, 40, (*RED, 255))
    pixels[:, 10:20] = (*GREEN, 255)
    pixels[:, 20:] = (*BLUE, 0)

    code = placeholder(make_all, encode(pixels, "PNG"), "png", width=40, placeholder="color")

    mean = tuple((one + other) // 2 for one, other in zip(RED, GREEN, strict=True))
    assert re.fullmatch("#[0-9a-f]{6}", code)
    assert are_close(tuple(bytes.fromhex(code[1:])), mean, tolerance=4)


@pytest.mark.parametrize("kind", ["blurhash", "thumbhash", "color"])
@pytest.mark.parametrize(("width", "height"), [(1, 1), (2000, 1), (1, 2000), (33, 31)])
def test_any_size_has_one(make_all: MakeAll, kind: str, width: int, height: int) -> None:
    """A pixel, a line, a little more than is looked at."""
    code = placeholder(make_all, encode(plain(width, height, RED), "PNG"), "png", width=width, placeholder=kind)

    if kind == "color":
        assert code == "#c81e28"
    else:
        assert are_close(color_at(shown(kind, code)[:, :, :3], 0.5, 0.5), RED, tolerance=10)


def test_a_picture_that_is_not_seen_at_all_has_a_color(make_all: MakeAll) -> None:
    """Black, for want of any."""
    source = encode(plain(20, 20, (*RED, 0)), "PNG")

    assert placeholder(make_all, source, "png", width=20, placeholder="color") == "#000000"


def test_a_blurhash_lies_on_the_background(make_all: MakeAll) -> None:
    """It knows no transparency, so that it shows what a format without it would."""
    source = encode(plain(20, 20, (*RED, 0)), "PNG")

    codes = [
        placeholder(make_all, source, "png", width=20, placeholder="blurhash", background=color)
        for color in ("white", "blue")
    ]

    assert are_close(color_at(shown("blurhash", codes[0]), 0.5, 0.5), (255, 255, 255))
    assert are_close(color_at(shown("blurhash", codes[1]), 0.5, 0.5), (0, 0, 255))


def test_a_thumbhash_knows_transparency(make_all: MakeAll) -> None:
    """Its left half is seen, its right half is not."""
    pixels = plain(40, 40, (*RED, 255))
    pixels[:, 20:] = (*BLUE, 0)

    code = placeholder(make_all, encode(pixels, "PNG"), "png", width=40, placeholder="thumbhash")

    left, right = (color_at(shown("thumbhash", code), across, 0.5) for across in (0.1, 0.9))
    assert are_close(left[:3], RED, tolerance=40)
    assert left[3] > 200
    assert right[3] < 55


def test_that_of_an_animation_is_its_first_frames(make_all: MakeAll) -> None:
    """It is what comes first."""
    source = animation([plain(30, 30, color) for color in (RED, BLUE)], "GIF", delays_ms=[100, 100], loop=0)

    assert placeholder(make_all, source, "gif", width=30, placeholder="color") == "#c81e28"


@pytest.mark.parametrize("tag", [3, 6])
def test_the_orientation_of_the_source_is_not_applied_twice(make_all: MakeAll, tag: int) -> None:
    """The picture is upright by then, though its metadata still tells how it was stored."""
    codes = {
        placeholder(make_all, oriented(quarters(64, 64), "PNG", tag=each), "png", width=64, placeholder="blurhash")
        for each in (1, tag)
    }

    assert len(codes) == 1


def test_nobody_who_did_not_ask_gets_one(make_all: MakeAll) -> None:
    """It costs some milliseconds; and asking changes nothing about the file."""
    source = encode(quarters(100, 100), "JPEG")

    made = make_all(source, "jpeg", {"without": {"width": 50}, "with": {"width": 50, "placeholder": "blurhash"}})

    without, with_one = made.variants["without"], made.variants["with"]
    assert isinstance(without, MadeVariant)
    assert isinstance(with_one, MadeVariant)
    assert (without.placeholder, without.sha256) == (None, with_one.sha256)
    assert with_one.placeholder
