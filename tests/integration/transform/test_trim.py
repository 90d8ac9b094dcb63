import pytest

from tests.integration.transform.conftest import Make
from tests.support.images import (
    GREEN,
    RED,
    Pixels,
    animation,
    are_close,
    color_at,
    encode,
    opened,
    oriented,
    pixels_of,
    plain,
    quarters,
)

FRAME = (250, 250, 250)


def framed(picture: Pixels, left: int, top: int, right: int, bottom: int) -> Pixels:
    height, width, _ = picture.shape
    pixels = plain(left + width + right, top + height + bottom, FRAME)
    pixels[top : top + height, left : left + width] = picture
    return pixels


PICTURE = quarters(60, 40)
SOURCE = framed(PICTURE, 10, 20, 30, 5)


@pytest.mark.parametrize("tag", range(1, 9))
def test_edges_of_one_color_go(make: Make, tag: int) -> None:
    """All of them, and nothing else; the size that is asked for is that of the rest."""
    made = make(oriented(SOURCE, "PNG", tag), "png", width=60, trim=10)

    assert (pixels_of(made) == PICTURE).all()


@pytest.mark.parametrize(("threshold", "size"), [(0, (60, 36)), (30, (60, 24))])
def test_the_threshold_says_what_is_alike(make: Make, threshold: float, size: tuple[int, int]) -> None:
    """A fainter frame goes as well if it may differ by so much."""
    faint = plain(100, 60, (240, 240, 240))
    faint[10:50] = PICTURE[:1, :1]

    made = make(encode(framed(faint, 5, 5, 5, 5), "PNG"), "png", width=60, trim=threshold)

    assert opened(made).size == size


def test_transparent_edges_go(make: Make) -> None:
    """Whatever color they have."""
    pixels = plain(60, 60, (9, 9, 9, 0))
    pixels[20:40, 10:50] = (*RED, 255)

    assert opened(make(encode(pixels, "PNG"), "png", width=40, trim=10)).size == (40, 20)


def test_a_picture_of_one_color_stays(make: Make) -> None:
    """Nothing is not an image."""
    assert opened(make(encode(plain(40, 20, RED), "PNG"), "png", width=20, trim=10)).size == (20, 10)


def test_a_frame_is_trimmed_before_it_is_turned(make: Make) -> None:
    """And after a part was taken."""
    crop = {"left": 0, "top": 0, "width": 100, "height": 40}

    pixels = pixels_of(make(encode(SOURCE, "PNG"), "png", width=20, crop=crop, trim=10, rotate=90))

    assert pixels.shape == (60, 20, 3)
    assert are_close(color_at(pixels, 0.5, 0.1), RED)
    assert are_close(color_at(pixels, 0.5, 0.9), GREEN)


def test_frames_are_trimmed_alike(make: Make) -> None:
    """What moves stays in the picture."""
    frames = [plain(60, 40, FRAME), plain(60, 40, FRAME)]
    frames[0][10:20, 10:20] = RED
    frames[1][20:30, 40:50] = RED

    made = opened(make(animation(frames, "GIF", delays_ms=[100, 100], loop=0), "gif", width=40, trim=10))

    assert made.n_frames == 2  # type: ignore[attr-defined] # of an animation
    assert made.size == (40, 20)
