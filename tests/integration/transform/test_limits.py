import time

import pytest
from PIL import ImageSequence

from pixelmill.domain.errors import ImpossibleTransformation, TooManyPixels
from pixelmill.transform.guard import SourceLimits
from tests.integration.transform.conftest import LIMITS, Make
from tests.support.bombs import announcing
from tests.support.images import animation, encode, opened, plain

HUGE = {
    "jpeg": (60_000, 60_000),
    "png": (60_000, 60_000),
    "webp": (16_000, 16_000),
    "avif": (30_000, 30_000),
    "gif": (60_000, 60_000),
    "tiff": (60_000, 60_000),
}


def frames(count: int, width: int = 4, height: int = 4) -> bytes:
    pictures = [plain(width, height, (index, 255 - index, 0)) for index in range(count)]
    return animation(pictures, "GIF", delays_ms=[50] * count, loop=0)


@pytest.mark.parametrize("image_format", list(HUGE))
def test_a_bomb_is_refused_by_its_header(make: Make, image_format: str) -> None:
    """In each format: at once, without a pixel decoded, with its own error."""
    bomb = announcing(image_format, *HUGE[image_format])
    started = time.process_time()

    with pytest.raises(TooManyPixels):
        make(bomb, image_format, width=10)

    assert time.process_time() - started < 0.5


@pytest.mark.parametrize(("side", "is_refused"), [(100, False), (101, True)])
def test_the_limit_is_the_most_that_passes(make: Make, side: int, is_refused: bool) -> None:  # noqa: FBT001 - a column of the table
    """A source at the limit is made, one pixel row more is not."""
    limits = SourceLimits(max_frame_pixels=10_000, max_total_pixels=10_000, max_frames=1)
    source = encode(plain(100, side, (9, 9, 9)), "PNG")

    if is_refused:
        with pytest.raises(TooManyPixels, match="100 x 101 pixels; at most 10,000"):
            make(source, "png", limits=limits, width=10)
    else:
        assert opened(make(source, "png", limits=limits, width=10)).size == (10, 10)


def test_an_animation_of_too_many_frames_is_refused(make: Make) -> None:
    """It is refused by name; it is not shortened."""
    limits = SourceLimits(LIMITS.max_frame_pixels, LIMITS.max_total_pixels, max_frames=5)

    with pytest.raises(TooManyPixels, match="6 frames; at most 5"):
        make(frames(6), "gif", limits=limits, width=2)

    assert len(list(ImageSequence.Iterator(opened(make(frames(5), "gif", limits=limits, width=2))))) == 5


def test_the_frames_of_an_animation_are_judged_together(make: Make) -> None:
    """Each is small enough, all of them are not."""
    limits = SourceLimits(LIMITS.max_frame_pixels, max_total_pixels=100, max_frames=100)

    with pytest.raises(TooManyPixels, match="7 frames of 4 x 4 pixels; at most 100"):
        make(frames(7), "gif", limits=limits, width=2)


def test_a_still_of_a_long_animation_is_made(make: Make) -> None:
    """Only what is decoded is judged: the first frame of a long animation costs one frame."""
    limits = SourceLimits(LIMITS.max_frame_pixels, max_total_pixels=100, max_frames=5)

    assert opened(make(frames(50), "gif", limits=limits, width=2, format="png")).size == (2, 2)


def test_the_first_frames_of_a_long_animation_are_made(make: Make) -> None:
    """What is asked for is within the limits; what is not asked for does not count."""
    limits = SourceLimits(LIMITS.max_frame_pixels, max_total_pixels=100, max_frames=5)

    made = opened(make(frames(50), "gif", limits=limits, width=2, frames=5))

    assert len(list(ImageSequence.Iterator(made))) == 5


def test_an_animation_may_not_grow_beyond_the_limit(make: Make) -> None:
    """A small animation enlarged in every frame is a bomb as well."""
    with pytest.raises(AssertionError, match=ImpossibleTransformation.code):
        make(frames(20), "gif", width=4000)
