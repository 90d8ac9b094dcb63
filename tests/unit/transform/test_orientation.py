import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixelmill.transform.geometry import Box, Size
from pixelmill.transform.orientation import UPRIGHT, orientation_of

UPRIGHT_SIZE = Size(6, 4)
LEFT_TOP = Box(0, 0, 2, 1)


@pytest.mark.parametrize(
    ("tag", "stored"),
    [
        # Where the upright picture's left top corner, 2 x 1 of 6 x 4 pixels, lies in the file
        (1, Box(0, 0, 2, 1)),
        (2, Box(4, 0, 2, 1)),
        (3, Box(4, 3, 2, 1)),
        (4, Box(0, 3, 2, 1)),
        (5, Box(0, 0, 1, 2)),
        (6, Box(0, 4, 1, 2)),
        (7, Box(3, 4, 1, 2)),
        (8, Box(3, 0, 1, 2)),
    ],
)
def test_a_corner_is_found_in_the_stored_picture(tag: int, stored: Box) -> None:
    """Cropping before turning cuts the place that is meant."""
    assert orientation_of(tag).stored(LEFT_TOP, upright=UPRIGHT_SIZE) == stored


@pytest.mark.parametrize("tag", [0, 9, -1, 65535])
def test_a_tag_outside_the_standard_means_upright(tag: int) -> None:
    """Nonsense turns nothing."""
    assert orientation_of(tag) is UPRIGHT


@given(st.integers(1, 8), st.integers(1, 99), st.integers(1, 99))
def test_the_whole_picture_stays_the_whole_picture(tag: int, width: int, height: int) -> None:
    """A box of the full upright size is the full stored size."""
    orientation, upright = orientation_of(tag), Size(width, height)
    stored = orientation.turned(upright)

    assert orientation.stored(Box(0, 0, width, height), upright) == Box(0, 0, stored.width, stored.height)
