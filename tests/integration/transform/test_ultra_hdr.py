"""A phone's photo that has a gain map behind it comes out as the photo that every viewer shows, and nothing more."""

import pytest
import pyvips

from tests.integration.transform.conftest import Make
from tests.support.images import encode, opened, photo
from tests.support.ultra_hdr import ultra_hdr

BASE = encode(photo(640, 480), "JPEG", quality=90)
PHOTO = ultra_hdr(BASE, encode(photo(160, 120, seed=2)[:, :, :1], "JPEG"))


def test_the_photo_is_a_real_one() -> None:
    """The library that made the format finds the gain map in it."""
    opened = pyvips.Operation.call("uhdrload_buffer", PHOTO)

    assert (opened.width, opened.height) == (640, 480)
    assert opened.get("gainmap-max-content-boost") == pytest.approx([2**2.5] * 3)
    assert bytes(opened.get("gainmap-data")).startswith(b"\xff\xd8\xff")


@pytest.mark.parametrize("width", [640, 300, 100])
@pytest.mark.parametrize("output", ["jpeg", "png", "webp", "avif", "gif", "source"])
def test_only_the_base_image_is_made(make: Make, output: str, width: int) -> None:
    """To the byte: in every format, at its own size as well as shrunk while it is decoded."""
    made = make(PHOTO, "jpeg", width=width, format=output)

    assert made == make(BASE, "jpeg", width=width, format=output)
    assert b"hdrgm" not in made
    assert b"MPF\0" not in made


@pytest.mark.parametrize("output", ["jpeg", "png", "webp", "avif"])
def test_no_metadata_tells_of_a_gain_map_that_is_not_there(make: Make, output: str) -> None:
    """Also where all of it is kept."""
    made = make(PHOTO, "jpeg", width=100, format=output, keep_metadata="all")

    told = " ".join(str(value) for value in opened(made).info.values())
    assert "GainMap" not in told
    assert "hdrgm" not in told


def test_a_photo_whose_gain_map_was_cut_off_is_whole(make: Make) -> None:
    """A program that knows nothing of gain maps has copied the photo; what every viewer shows is there."""
    alone = PHOTO[: PHOTO.rindex(b"\xff\xd8\xff")]

    assert make(alone, "jpeg", width=100) == make(BASE, "jpeg", width=100)
