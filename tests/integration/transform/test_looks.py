"""Pictures look as they did: a new engine or library that shifts colors or parts shows here.

What an encoder does otherwise is not seen: other bytes, a hair more noise. Where a change is meant, look at pictures
of both, then run `python -m tests.support.looks`.
"""

import numpy as np
import pytest
from PIL import Image

from tests.support.images import encode, photo
from tests.support.looks import Look, look_of, names, stored

MOST_BITS_OFF = 20
"""Of 512. Ten steps of quality or the lowest effort change up to 18, a crop that is 1 % tighter mostly 24 and more."""

MOST_COLOR_OFF = 2
"""Of 255. Ten steps of quality or the lowest effort change 1, a shift by a pixel 3."""

STORED = stored()


def test_every_look_is_stored() -> None:
    """None is missing, and none is left over."""
    assert STORED.keys() == names().keys()


@pytest.mark.parametrize("name", STORED)
def test_a_picture_looks_as_it_did(name: str) -> None:
    """In size, structure and color."""
    look = look_of(*names()[name])

    assert look.size == STORED[name].size
    assert look.bits_off(STORED[name]) <= MOST_BITS_OFF
    assert look.color_off(STORED[name]) <= MOST_COLOR_OFF


def test_a_tighter_crop_is_noticed() -> None:
    """By two pixels of 240 on each side."""
    picture = Image.fromarray(photo(240, 160))
    tighter = np.asarray(picture.crop((2, 2, 238, 158)).resize(picture.size))

    assert looks_differ(np.asarray(picture), tighter)


def test_a_tint_is_noticed() -> None:
    """By three of 255."""
    picture = np.clip(photo(240, 160), 0, 252)

    assert looks_differ(picture, picture + np.array([0, 3, 0], np.uint8))


def looks_differ(one: np.ndarray, other: np.ndarray) -> bool:
    looks = [Look.of(encode(np.asarray(pixels, np.uint8), "PNG")) for pixels in (one, other)]
    return looks[0].bits_off(looks[1]) > MOST_BITS_OFF or looks[0].color_off(looks[1]) > MOST_COLOR_OFF
