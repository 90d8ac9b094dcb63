"""What each fit and position shows, by the colors of a picture of four quarters: red, green, blue and yellow."""

import pytest

from tests.integration.transform.conftest import Make
from tests.support.images import (
    BLUE,
    GREEN,
    RED,
    YELLOW,
    Pixels,
    are_close,
    color_at,
    encode,
    opened,
    pixels_of,
    plain,
    quarters,
)

WIDE = encode(quarters(120, 60), "PNG")
MAGENTA = (255, 0, 255)


def corners(pixels: Pixels) -> list[tuple[int, ...]]:
    return [color_at(pixels, across, down) for down in (0.1, 0.9) for across in (0.1, 0.9)]


def all_close(colors: list[tuple[int, ...]], expected: list[tuple[int, ...]]) -> bool:
    return all(are_close(*pair) for pair in zip(colors, expected, strict=True))


@pytest.mark.parametrize("fit", ["cover", "fill", "inside", "outside"])
def test_the_whole_picture_keeps_its_quarters(make: Make, fit: str) -> None:
    """With the shape of the source every fit shows all of it."""
    pixels = pixels_of(make(WIDE, "png", width=60, height=30, fit=fit))

    assert all_close(corners(pixels), [RED, GREEN, BLUE, YELLOW])


@pytest.mark.parametrize(
    ("position", "expected"),
    [
        ("center", [RED, GREEN, BLUE, YELLOW]),
        ("left", [RED, RED, BLUE, BLUE]),
        ("right", [GREEN, GREEN, YELLOW, YELLOW]),
        ("left top", [RED, RED, BLUE, BLUE]),
        ("right bottom", [GREEN, GREEN, YELLOW, YELLOW]),
    ],
)
def test_cover_keeps_the_position(make: Make, position: str, expected: list[tuple[int, ...]]) -> None:
    """A square of a wide picture shows its left, its middle or its right."""
    pixels = pixels_of(make(WIDE, "png", width=30, height=30, position=position))

    assert pixels.shape == (30, 30, 3)
    assert all_close(corners(pixels), expected)


@pytest.mark.parametrize(("x", "expected"), [(0.2, [RED, RED, BLUE, BLUE]), (0.9, [GREEN, GREEN, YELLOW, YELLOW])])
def test_cover_keeps_a_focal_point(make: Make, x: float, expected: list[tuple[int, ...]]) -> None:
    """A square of a wide picture shows what lies around the point."""
    pixels = pixels_of(make(WIDE, "png", width=30, height=30, position={"x": x, "y": 0.5}))

    assert all_close(corners(pixels), expected)


@pytest.mark.parametrize(("position", "expected"), [("top", [RED, GREEN]), ("bottom", [BLUE, YELLOW])])
def test_cover_crops_down_as_well(make: Make, position: str, expected: list[tuple[int, ...]]) -> None:
    """A flat strip shows the top or the bottom."""
    pixels = pixels_of(make(WIDE, "png", width=60, height=12, position=position))

    assert all_close([color_at(pixels, 0.2, 0.5), color_at(pixels, 0.8, 0.5)], expected)


@pytest.mark.parametrize(
    ("position", "first_row_of_image"),
    [("top", 0), ("center", 15), ("bottom", 30), ("right bottom", 30), ("left top", 0)],
)
def test_contain_pads_with_the_background(make: Make, position: str, first_row_of_image: int) -> None:
    """The free rows lie away from the position, in the color asked for; the picture is whole."""
    made = make(WIDE, "png", width=60, height=60, fit="contain", background="#ff00ff", position=position)
    pixels = pixels_of(made)
    rows = [tuple(int(value) for value in pixels[row, 30]) == MAGENTA for row in range(60)]

    assert rows == [not first_row_of_image <= row < first_row_of_image + 30 for row in range(60)]


def test_fill_distorts(make: Make) -> None:
    """Both sides as asked, all four quarters in place."""
    pixels = pixels_of(make(WIDE, "png", width=20, height=80, fit="fill"))

    assert pixels.shape == (80, 20, 3)
    assert all_close(corners(pixels), [RED, GREEN, BLUE, YELLOW])


def test_an_enlarged_picture_is_smooth(make: Make) -> None:
    """Growing interpolates: between red and green lies a mixture, not an edge."""
    pixels = pixels_of(make(WIDE, "png", width=1200))
    reds = pixels[100, 560:640, 0].astype(int)

    assert all(abs(step) < 60 for step in reds[1:] - reds[:-1])


@pytest.mark.parametrize("position", ["entropy", "attention"])
def test_the_interesting_part_stays(make: Make, position: str) -> None:
    """A bright, busy patch on the right of a flat picture is what a square shows."""
    pixels = plain(300, 100, (90, 90, 90))
    pixels[30:70:2, 230:270] = (255, 60, 40)

    shown = pixels_of(make(encode(pixels, "PNG"), "png", width=50, height=50, position=position))

    assert shown.shape == (50, 50, 3)
    assert int(shown[:, :, 0].max()) > 150


def test_a_picture_of_the_right_size_is_not_touched(make: Make) -> None:
    """Nothing to do changes no pixel."""
    assert (pixels_of(make(WIDE, "png", width=120, height=60)) == quarters(120, 60)).all()


def test_a_strip_of_one_pixel_stays_one(make: Make) -> None:
    """No side ever becomes nothing."""
    assert opened(make(encode(plain(3000, 1, RED), "PNG"), "png", width=20)).size == (20, 1)
