import numpy as np
import pytest
from PIL import Image, ImageSequence

from pixelmill.transform.order import MadeVariant
from tests.integration.transform.conftest import Make, MakeAll
from tests.support.images import (
    BLUE,
    GREEN,
    RED,
    YELLOW,
    Pixels,
    animation,
    are_close,
    color_at,
    encode,
    opened,
    pixels_of,
    plain,
)

COLORS = [RED, GREEN, BLUE, YELLOW]
DELAYS_MS = [50, 100, 200, 400]


def four_colors(image_format: str, loop: int = 3) -> bytes:
    """Four frames, each of one color with a white bar on the left."""
    frames = [plain(60, 40, color) for color in COLORS]
    for frame in frames:
        frame[:, :12] = 255
    return animation(frames, image_format, delays_ms=DELAYS_MS, loop=loop)


def frames_of(content: bytes) -> list[Pixels]:
    return [np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(opened(content))]


def durations_of(content: bytes) -> list[int]:
    return [int(frame.info["duration"]) for frame in ImageSequence.Iterator(opened(content)) if frame.load()]


def plays_of(content: bytes) -> int:
    """How often an animation plays; 0 is for ever. A GIF counts its repetitions, and says nothing if there is none."""
    image = opened(content)
    loop = int(image.info.get("loop", -1))
    return loop if image.format == "WEBP" or loop == 0 else loop + 1 if loop > 0 else 1


@pytest.mark.parametrize("source", ["GIF", "WEBP"])
@pytest.mark.parametrize("output", ["gif", "webp"])
def test_every_frame_is_resized_and_keeps_its_time(make: Make, source: str, output: str) -> None:
    """Number, order, delays and size, between both animated formats."""
    made = make(four_colors(source), source.lower(), width=30, format=output)
    frames = frames_of(made)

    assert [frame.shape for frame in frames] == [(20, 30, 3)] * 4
    assert durations_of(made) == DELAYS_MS
    for frame, color in zip(frames, COLORS, strict=True):
        assert are_close(color_at(frame, 0.8, 0.5), color, tolerance=16)


@pytest.mark.parametrize("loop", [0, 1, 5])
@pytest.mark.parametrize("output", ["gif", "webp"])
def test_the_number_of_loops_is_kept(make: Make, output: str, loop: int) -> None:
    """For ever, or as often as the source plays."""
    made = make(four_colors("WEBP", loop=loop), "webp", width=30, format=output)

    assert plays_of(made) == loop


@pytest.mark.parametrize("fit", ["cover", "contain"])
def test_frames_are_cropped_and_padded_one_by_one(make: Make, fit: str) -> None:
    """No frame shows a part of its neighbor."""
    made = make(four_colors("GIF"), "gif", width=20, height=20, fit=fit, position="right", background="#ffffff")

    for frame, color in zip(frames_of(made), COLORS, strict=True):
        assert frame.shape == (20, 20, 3)
        assert are_close(color_at(frame, 0.9, 0.5), color, tolerance=16)


def test_a_crop_by_content_stands_still(make: Make) -> None:
    """The first frame decides for all: the picture does not jump."""
    frames = [plain(120, 40, (90, 90, 90)) for _ in range(3)]
    for index, frame in enumerate(frames):
        frame[10:30:2, 90:110] = (240, 40, 40)
        frame[:, :] += index  # frames that are alike would be merged

    made = make(animation(frames, "GIF", delays_ms=[100] * 3, loop=0), "gif", width=40, height=40, position="attention")

    frames_made = frames_of(made)
    assert len(frames_made) == 3
    assert min(int(frame[:, :, 0].max()) for frame in frames_made) > 180


@pytest.mark.parametrize("source", ["GIF", "WEBP"])
@pytest.mark.parametrize("output", ["gif", "webp"])
def test_the_first_frames_can_be_asked_for(make_all: MakeAll, source: str, output: str) -> None:
    """Up to a number, each variant its own; one is a still."""
    wanted = {f"f{count}": {"width": 30, "format": output, "frames": count} for count in ("all", 1, 2, 3, 9)}

    made = make_all(four_colors(source), source.lower(), wanted)

    counts = {name: each.frames for name, each in made.variants.items() if isinstance(each, MadeVariant)}
    assert counts == {"fall": 4, "f1": 1, "f2": 2, "f3": 3, "f9": 4}
    two = made.variants["f2"]
    assert isinstance(two, MadeVariant)
    assert durations_of(two.path.read_bytes()) == DELAYS_MS[:2]
    for frame, color in zip(frames_of(two.path.read_bytes()), COLORS[:2], strict=True):
        assert are_close(color_at(frame, 0.8, 0.5), color, tolerance=16)


@pytest.mark.parametrize("output", ["jpeg", "png", "avif"])
def test_a_still_format_shows_the_first_frame(make_all: MakeAll, output: str) -> None:
    """And says it is one frame, of a source that has four."""
    made = make_all(four_colors("GIF"), "gif", {"image": {"width": 30, "format": output}})
    variant = made.variants["image"]

    assert isinstance(variant, MadeVariant)
    assert (made.frames, variant.frames) == (4, 1)
    assert are_close(color_at(pixels_of(variant.path.read_bytes()), 0.8, 0.5), RED, tolerance=16)


def test_frames_that_are_alike_are_kept_in_a_gif(make: Make) -> None:
    """A pause made of equal frames keeps its length and its frames."""
    frames = [plain(20, 20, color) for color in (RED, GREEN, GREEN, BLUE)]
    source = animation(frames, "WEBP", delays_ms=DELAYS_MS, loop=0)
    kept = len(frames_of(source))

    assert len(frames_of(make(source, "webp", width=10, format="gif"))) == kept


def test_the_number_of_frames_reported_is_what_the_file_has(make_all: MakeAll) -> None:
    """WebP's encoder merges equal frames: the picture looks the same, the report does not claim more."""
    frames = [plain(20, 20, color) for color in (RED, RED, GREEN)]
    frames[1][0, 0] = (201, 30, 40)  # Pillow would merge them as well
    source = animation(frames, "GIF", delays_ms=[100, 200, 300], loop=0)

    made = make_all(source, "gif", {"image": {"width": 10, "format": "webp"}})
    variant = made.variants["image"]

    assert isinstance(variant, MadeVariant)
    assert variant.frames == len(frames_of(variant.path.read_bytes()))
    assert sum(durations_of(variant.path.read_bytes())) == 600


def test_stills_and_animations_come_from_one_source(make_all: MakeAll) -> None:
    """One task can ask for the animation and for its first frame."""
    made = make_all(
        four_colors("WEBP"),
        "webp",
        {"moving": {"width": 30}, "poster": {"width": 30, "format": "jpeg"}, "small": {"width": 10}},
    )

    frames = {name: variant.frames for name, variant in made.variants.items() if isinstance(variant, MadeVariant)}
    assert frames == {"moving": 4, "poster": 1, "small": 4}


def test_an_animated_png_is_shown_by_its_still_image(make: Make) -> None:
    """The engine reads no APNG: what every viewer without animation shows is what is resized."""
    frames = [plain(20, 20, RED), plain(20, 20, GREEN)]

    made = make(animation(frames, "PNG", delays_ms=[100, 100], loop=0), "png", width=10)

    assert are_close(color_at(pixels_of(made), 0.5, 0.5), RED)


def test_only_the_first_page_of_a_tiff_is_read(make_all: MakeAll) -> None:
    """Pages are not frames."""
    pages = [Image.fromarray(plain(20, 20, color)) for color in (RED, GREEN)]
    source = encode(plain(20, 20, RED), "TIFF", save_all=True, append_images=pages[1:])

    made = make_all(source, "tiff", {"image": {"width": 10, "format": "gif"}})

    assert made.frames == 1
