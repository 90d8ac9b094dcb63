import numpy as np
import pytest
import pyvips
from hypothesis import given, settings
from hypothesis import strategies as st

from pixelmill.transform.geometry import Size
from pixelmill.transform.orientation import orientation_of
from pixelmill.transform.picture import Picture
from pixelmill.transform.steps.resize import resize
from tests.support.images import photo

sides = st.integers(1, 300)


@settings(max_examples=100, deadline=None)
@given(st.builds(Size, sides, sides), st.builds(Size, sides, sides), st.integers(1, 8))
def test_the_size_asked_for_is_met_exactly(source: Size, wanted: Size, tag: int) -> None:
    """Whatever the sizes and the orientation: libvips rounds to what the geometry has worked out."""
    orientation = orientation_of(tag)
    stored = orientation.turned(source)
    picture = Picture((pyvips.Image.black(stored.width, stored.height),), orientation=orientation)

    assert resize(picture, wanted).size == wanted


@pytest.mark.parametrize("shrink", [2.0, 3.7, 9.1])
def test_fine_detail_is_averaged_and_not_sampled(shrink: float) -> None:
    """Black and white rows become gray: no moire, no lost lines."""
    stripes = np.zeros((400, 400, 3), np.uint8)
    stripes[::2] = 255
    side = round(400 / shrink)

    small = resize(Picture((pyvips.Image.new_from_array(stripes),)), Size(side, side)).frames[0].numpy()

    assert np.abs(small[5:-5].astype(int) - 127).max() < 24


def test_brightness_is_kept() -> None:
    """A resize makes a picture neither lighter nor darker."""
    pixels = photo(300, 200)

    small = resize(Picture((pyvips.Image.new_from_array(pixels),)), Size(90, 60)).frames[0].numpy()

    assert np.abs(small.mean(axis=(0, 1)) - pixels.mean(axis=(0, 1))).max() < 1.0
