"""Parameters in a query say what they say in JSON."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixelmill.domain.query_form import read_parameter, write_parameter
from pixelmill.domain.transformation import Crop, Fit, FocalPoint

SHARES = st.integers(0, 1000).map(lambda share: share / 1000)
PIXELS = st.integers(0, 10**6 - 1)


@given(st.booleans() | PIXELS | SHARES | st.sampled_from(["cover", "right top", "#ffffff80", "all"]))
def test_a_value_is_read_as_it_was_written(value: object) -> None:
    """Of every kind that a parameter has."""
    read = read_parameter("any", write_parameter("any", value))

    assert (read, type(read)) == (value, type(value))


@given(SHARES, SHARES)
def test_a_focal_point_is_two_numbers(x: float, y: float) -> None:
    """Given as a model or as an object."""
    for point in (FocalPoint(x=x, y=y), {"x": x, "y": y}):
        assert read_parameter("position", write_parameter("position", point)) == {"x": x, "y": y}


@given(PIXELS, PIXELS, PIXELS, PIXELS)
def test_a_crop_is_four_numbers(left: int, top: int, width: int, height: int) -> None:
    """In the order of CSS."""
    box = Crop(left=left, top=top, width=width + 1, height=height + 1)

    assert read_parameter("crop", write_parameter("crop", box)) == box.model_dump()


def test_words_stay_words() -> None:
    """An enumeration is written as its value; what looks like a number in part is none."""
    assert write_parameter("fit", Fit.CONTAIN) == "contain"
    for word in ("right top", "1e3", "0x10", "007", "NaN", "", "True", "-", "1.", "\uff19"):
        assert read_parameter("position", word) == word


@pytest.mark.parametrize(
    ("name", "text"), [("crop", "1,2,3"), ("crop", "all"), ("position", "0.5,"), ("crop", "a,b,c,d")]
)
def test_parts_are_counted(name: str, text: str) -> None:
    """And have to be numbers."""
    with pytest.raises(ValueError, match="expected"):
        read_parameter(name, text)
