import pytest

from pixelmill.domain.errors import TooManyPixels
from pixelmill.transform.geometry import Size
from pixelmill.transform.guard import SourceLimits, check_animation, check_frame

LIMITS = SourceLimits(max_frame_pixels=1000, max_total_pixels=3000, max_frames=10)


def test_a_frame_at_the_limit_passes() -> None:
    """Limits are the most that is allowed, not the first that is not."""
    check_frame(Size(100, 10), LIMITS)
    check_animation(Size(30, 10), 10, LIMITS)


def test_a_frame_over_the_limit_is_refused_with_its_size() -> None:
    """The caller reads what the image measures and what may be."""
    with pytest.raises(TooManyPixels, match=r"measures 1001 x 1 pixels; at most 1,000"):
        check_frame(Size(1001, 1), LIMITS)


def test_too_many_frames_are_refused() -> None:
    """However small they are."""
    with pytest.raises(TooManyPixels, match="11 frames; at most 10"):
        check_animation(Size(1, 1), 11, LIMITS)


def test_frames_are_judged_together() -> None:
    """Each within its limit, too much in all."""
    with pytest.raises(TooManyPixels, match="4 frames of 100 x 10 pixels; at most 3,000"):
        check_animation(Size(100, 10), 4, LIMITS)
