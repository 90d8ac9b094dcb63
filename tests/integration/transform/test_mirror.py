"""Mirrored pictures, by their four quarters: red, green, blue and yellow."""

import pytest

from tests.integration.transform.conftest import Make
from tests.support.images import (
    BLUE,
    GREEN,
    RED,
    YELLOW,
    animation,
    are_close,
    color_at,
    opened,
    oriented,
    pixels_of,
    quarters,
)

UPRIGHT = quarters(80, 48)
MIRRORED = {
    (False, False): [RED, GREEN, BLUE, YELLOW],
    (True, False): [BLUE, YELLOW, RED, GREEN],
    (False, True): [GREEN, RED, YELLOW, BLUE],
    (True, True): [YELLOW, BLUE, GREEN, RED],
}


@pytest.mark.parametrize("tag", range(1, 9))
@pytest.mark.parametrize(("flip", "flop"), list(MIRRORED))
def test_the_upright_picture_is_mirrored(make: Make, tag: int, *, flip: bool, flop: bool) -> None:
    """`flip` upside down, `flop` left to right: what a viewer sees, however the file stores it."""
    pixels = pixels_of(make(oriented(UPRIGHT, "PNG", tag), "png", width=40, flip=flip, flop=flop))
    corners = [color_at(pixels, across, down) for down in (0.1, 0.9) for across in (0.1, 0.9)]

    assert pixels.shape == (24, 40, 3)
    assert all(are_close(*pair) for pair in zip(corners, MIRRORED[flip, flop], strict=True))


@pytest.mark.parametrize("tag", [1, 6, 8])
def test_a_position_means_the_mirrored_picture(make: Make, tag: int) -> None:
    """Mirroring comes first: the right of the result is the left of the source."""
    pixels = pixels_of(make(oriented(UPRIGHT, "PNG", tag), "png", width=20, height=24, position="right", flop=True))

    assert are_close(color_at(pixels, 0.5, 0.2), RED)
    assert are_close(color_at(pixels, 0.5, 0.8), BLUE)


def test_every_frame_is_mirrored(make: Make) -> None:
    """An animation stays in step."""
    frames = [quarters(40, 20), quarters(40, 20) // 2]

    made = opened(make(animation(frames, "GIF", delays_ms=[100, 100], loop=0), "gif", width=20, flip=True))
    made.seek(1)

    assert are_close(made.convert("RGB").getpixel((2, 8)), (100, 15, 20))  # type: ignore[arg-type] # a pixel of RGB
