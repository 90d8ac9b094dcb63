import numpy as np
import pytest

from tests.integration.transform.conftest import Make
from tests.support.images import Pixels, are_close, color_at, encode, opened, pixels_of, plain

TRANSPARENT_FORMATS = ["png", "webp", "avif", "gif"]
FAINT = 2  # AVIF compresses alpha as it does color


def half_transparent() -> Pixels:
    """Opaque red on the left; on the right nothing, under which green is stored."""
    pixels = plain(80, 40, (220, 20, 30, 255))
    pixels[:, 40:] = (0, 255, 0, 0)
    return pixels


@pytest.mark.parametrize("output", ["png", "webp"])
def test_the_color_under_transparency_does_not_bleed(make: Make, output: str) -> None:
    """At the edge the red fades; it does not turn into the green nobody sees."""
    pixels = pixels_of(make(encode(half_transparent(), "PNG"), "png", width=20, format=output), "RGBA").astype(int)
    seen = pixels[pixels[:, :, 3] > 40]

    assert (pixels[:, :, 3] == 255).any()
    assert (pixels[:, :, 3] == 0).any()
    assert seen[:, 1].max() < 60


@pytest.mark.parametrize("source", ["PNG", "WEBP", "AVIF", "GIF", "TIFF"])
@pytest.mark.parametrize("output", TRANSPARENT_FORMATS)
def test_transparency_is_kept(make: Make, source: str, output: str) -> None:
    """From every format that has it into every format that has it."""
    pixels = pixels_of(make(encode(half_transparent(), source), source.lower(), width=40, format=output), "RGBA")

    assert color_at(pixels, 0.9, 0.5)[3] <= FAINT
    assert are_close(color_at(pixels, 0.1, 0.5), (220, 20, 30, 255), tolerance=16)


@pytest.mark.parametrize(
    ("background", "expected"), [(None, (0, 0, 0)), ("#ffffff", (255, 255, 255)), ("#00f", (0, 0, 255))]
)
def test_jpeg_lies_on_the_background(make: Make, background: str | None, expected: tuple[int, ...]) -> None:
    """A format without transparency shows the background, black unless said otherwise, where nothing was."""
    parameters = {"background": background} if background else {}

    made = make(encode(half_transparent(), "PNG"), "png", width=40, format="jpeg", quality=95, **parameters)

    assert opened(made).mode == "RGB"
    assert are_close(color_at(pixels_of(made), 0.9, 0.5), expected)


def test_half_transparency_blends_with_the_background(make: Make) -> None:
    """Half red on white is pink."""
    source = encode(plain(40, 40, (255, 0, 0, 128)), "PNG")

    made = make(source, "png", width=20, format="jpeg", background="#ffffff")

    assert are_close(color_at(pixels_of(made), 0.5, 0.5), (255, 127, 127))


def test_gray_with_transparency_lies_on_a_colored_background(make: Make) -> None:
    """Gray pixels become colored ones where the background asks for it."""
    gray = np.dstack([plain(40, 40, (200,)), np.zeros((40, 40, 1), np.uint8)])

    made = make(encode(gray, "PNG"), "png", width=20, format="jpeg", background="#ff0000", quality=95)

    assert are_close(color_at(pixels_of(made), 0.5, 0.5), (255, 0, 0))


@pytest.mark.parametrize("output", TRANSPARENT_FORMATS)
def test_bars_can_be_transparent(make: Make, output: str) -> None:
    """`contain` on a see-through background makes an opaque picture float."""
    source = encode(plain(80, 40, (220, 20, 30)), "PNG")

    made = make(source, "png", width=40, height=40, fit="contain", background="transparent", format=output)
    pixels = pixels_of(made, "RGBA")

    assert color_at(pixels, 0.5, 0.05)[3] <= FAINT
    assert are_close(color_at(pixels, 0.5, 0.5), (220, 20, 30, 255), tolerance=16)


def test_bars_of_a_jpeg_are_opaque(make: Make) -> None:
    """Where there is no transparency, the background's color is what is left of it."""
    source = encode(plain(80, 40, (220, 20, 30)), "PNG")

    made = make(source, "png", width=40, height=40, fit="contain", background="#00ff0000", format="jpeg", quality=95)

    assert are_close(color_at(pixels_of(made), 0.5, 0.05), (0, 255, 0))


def test_bars_of_a_gray_picture_can_be_colored(make: Make) -> None:
    """And the picture stays gray."""
    source = encode(plain(80, 40, (120,)), "PNG")

    pixels = pixels_of(make(source, "png", width=40, height=40, fit="contain", background="#0000ff"))

    assert are_close(color_at(pixels, 0.5, 0.05), (0, 0, 255))
    assert are_close(color_at(pixels, 0.5, 0.5), (120, 120, 120))


def test_a_transparent_picture_of_the_right_size_is_not_touched(make: Make) -> None:
    """What is not resized is not multiplied and divided by its alpha either: faint colors stay exact."""
    faint = plain(20, 20, (201, 57, 13, 3))

    assert (pixels_of(make(encode(faint, "PNG"), "png", width=20), "RGBA") == faint).all()
