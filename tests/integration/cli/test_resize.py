"""`resize` makes real images in the real sandbox, without any server."""

import json
import struct
from pathlib import Path

import pytest

from pixelmill.cli.checks import tiny_images
from tests.integration.cli.conftest import Run


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """A gradient of 16 x 16 pixels, in the folder that commands run in."""
    path = tmp_path / "cat.png"
    path.write_bytes(tiny_images.png())
    return path


def png_size(path: Path) -> tuple[int, int]:
    """Width and height as the header says (PNG specification, 11.2.2)."""
    width, height = struct.unpack(">II", path.read_bytes()[16:24])
    return width, height


def test_a_file_is_resized_beside_no_server(run: Run, picture: Path, tmp_path: Path) -> None:
    """The path of the result is what is printed, and nothing else is left."""
    resized = run("resize", "cat.png", "--width", "8")

    assert (resized.returncode, resized.stdout) == (0, "cat-8x8.png\n"), resized.stderr
    assert png_size(tmp_path / "cat-8x8.png") == (8, 8)
    assert {path.name for path in tmp_path.iterdir()} == {"cat.png", "cat-8x8.png"}


def test_options_reach_the_transform(run: Run, picture: Path, tmp_path: Path) -> None:
    """Both sides, a format, a name."""
    resized = run(
        *("resize", "cat.png", "--width", "12", "--height", "5", "--fit", "fill"),
        *("--format", "jpeg", "--quality", "60", "--output", "small"),
    )

    assert resized.returncode == 0, resized.stderr
    assert (tmp_path / "small").read_bytes().startswith(b"\xff\xd8\xff")
    assert "12x5 jpeg" in resized.stderr


def test_the_name_of_the_result_asks_for_its_format(run: Run, picture: Path, tmp_path: Path) -> None:
    """As in sharp: nobody wants a PNG that is called .avif. What is said outright counts more."""
    named = run("resize", "cat.png", "--width", "8", "--output", "small.avif")
    said = run("resize", "cat.png", "--width", "8", "--output", "small.webp", "--format", "png")

    assert "8x8 avif" in named.stderr
    assert (tmp_path / "small.avif").read_bytes()[4:12] == b"ftypavif"
    assert "8x8 png" in said.stderr


def test_a_preset_is_a_set_of_files_with_markup(run: Run, picture: Path, tmp_path: Path) -> None:
    """Each image once, however many widths of the set it is too small for; the page beside them names them."""
    presets = '{"square": {"a": {"width": 8}, "b": {"width": 4, "format": "webp"}, "c": {"height": 8}}}'
    resized = run("resize", "cat.png", "--preset", "square", "--grayscale", PIXELMILL_PRESETS=presets)

    assert resized.returncode == 0, resized.stderr
    assert resized.stdout.splitlines() == ["cat-8x8.png", "cat-4x4.webp", "cat.html"]
    assert png_size(tmp_path / "cat-8x8.png") == (8, 8)
    assert (tmp_path / "cat.html").read_text() == (
        '<picture>\n  <source type="image/webp" srcset="cat-4x4.webp 4w" sizes="100vw">\n'
        '  <img src="cat-8x8.png" srcset="cat-8x8.png 8w" sizes="100vw" width="8" height="8" alt="" loading="lazy" '
        'decoding="async">\n</picture>\n'
    )
    assert {path.name for path in tmp_path.iterdir()} == {"cat.png", "cat-8x8.png", "cat-4x4.webp", "cat.html"}


def test_one_variant_of_a_preset_may_fail(run: Run, picture: Path) -> None:
    """It is named, the others are saved, and the command says with its code that not all is there."""
    presets = '{"tall": {"a": {"width": 8}, "b": {"width": 8192}}}'
    parameters = ("--crop", "0,0,1,16")
    resized = run("resize", "cat.png", "--preset", "tall", *parameters, PIXELMILL_PRESETS=presets)

    assert (resized.returncode, resized.stdout.splitlines()) == (1, ["cat-8x128.png", "cat.html"])
    assert "b failed: The variant would measure 8192 x 131072 pixels" in resized.stderr


def test_a_folder_is_resized_whole(run: Run, tmp_path: Path) -> None:
    """As it is ordered; what cannot be made is told, and keeps nobody else from being made."""
    for name in ("photos/b.png", "photos/2024/a.png", "photos/2024/b.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(tiny_images.png())
    (tmp_path / "photos" / "broken.png").write_bytes(b"no image")
    (tmp_path / "small").mkdir()

    resized = run("resize", "photos", "--width", "8", "--output", "small")

    assert resized.returncode == 1
    expected = ["small/2024/a-8x8.png", "small/2024/b-8x8.png", "small/b-8x8.png"]
    assert resized.stdout.splitlines() == expected
    assert [png_size(tmp_path / path) for path in expected] == [(8, 8)] * 3
    assert "photos/broken.png: failed: " in resized.stderr
    assert "photos/b.png: saved as small/b-8x8.png (8x8 png, " in resized.stderr


def test_a_list_is_resized_and_told_as_json(run: Run, picture: Path, tmp_path: Path) -> None:
    """A line for each source, in order, whatever came of it."""
    (tmp_path / "broken.png").write_bytes(b"no image")
    (tmp_path / "list").write_text("cat.png\nbroken.png\n")
    with (tmp_path / "list").open() as lines:
        resized = run("resize", "-", "--width", "8", "--format", "webp", "--json", stdin=lines)

    assert resized.returncode == 1, resized.stderr
    made, failed = (json.loads(line) for line in resized.stdout.splitlines())
    assert made["source"] == "cat.png"
    assert made["variants"]["image"]["path"] == "cat-8x8.webp"
    assert (made["variants"]["image"]["width"], made["variants"]["image"]["format"]) == (8, "webp")
    assert (failed["source"], failed["error"]["code"]) == ("broken.png", "source_not_an_image")


def test_sources_of_the_same_name_keep_their_order(run: Run, tmp_path: Path) -> None:
    """Though all are worked on at once."""
    for number in range(4):
        (tmp_path / str(number)).mkdir()
        (tmp_path / str(number) / "cat.png").write_bytes(tiny_images.png())
    resized = run("resize", *(f"{number}/cat.png" for number in range(4)), "--width", "8")

    assert resized.stdout.splitlines() == ["cat-8x8.png", "cat-8x8-2.png", "cat-8x8-3.png", "cat-8x8-4.png"]


def test_a_url_is_not_here(run: Run) -> None:
    """The sentence says what fetches it."""
    resized = run("resize", "https://example.com/cat.jpg", "--width", "8")

    assert resized.returncode == 2
    assert resized.stderr == "pixelmill: https://example.com/cat.jpg is not here: pixelmill submit has it fetched\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--preset", "huge"), 'expected responsive for preset, received "huge"'),
        (("--preset", "responsive", "--width", "8"), "parameters.width: expected none beside preset responsive"),
        (("--preset", "responsive", "--background", "reddish"), "parameters.background: expected a CSS color"),
        (("--preset", "responsive", "--output", "a.png"), "--output: expected an existing folder for several results"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_mistake_with_a_preset_is_a_sentence(
    run: Run, picture: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    """In the words of the service."""
    resized = run("resize", "cat.png", *arguments)

    assert (resized.returncode, resized.stdout) == (2, "")
    assert sentence in resized.stderr
    assert list(picture.parent.iterdir()) == [picture]


@pytest.mark.parametrize(
    ("content", "arguments", "expected"),
    [
        (b"no image at all", ("--width", "8"), (1, "image")),
        (tiny_images.png()[:60], ("--width", "8"), (1, "image")),
        (tiny_images.png(), (), (2, "expected width, height or both")),
        (tiny_images.png(), ("--width", "8", "--output", "missing/a.png"), (5, "could not be written")),
    ],
    ids=["text", "truncated", "nothing asked", "no folder"],
)
def test_what_cannot_be_made_is_a_sentence(
    run: Run, picture: Path, content: bytes, arguments: tuple[str, ...], expected: tuple[int, str]
) -> None:
    """With a code that tells a bad image from a bad command and a bad disk; nothing is left behind."""
    picture.write_bytes(content)
    resized = run("resize", "cat.png", *arguments)

    code, sentence = expected
    assert (resized.returncode, resized.stdout) == (code, "")
    assert sentence in resized.stderr
    assert "Traceback" not in resized.stderr
    assert list(picture.parent.iterdir()) == [picture]


def test_a_missing_file_is_a_usage_error(run: Run) -> None:
    """Named, before anything is loaded."""
    resized = run("resize", "missing.png", "--width", "8")

    assert resized.returncode == 2
    assert "missing.png" in resized.stderr


def test_the_limits_of_the_worker_hold(run: Run, picture: Path) -> None:
    """Settings come from the environment as for every role."""
    resized = run("resize", "cat.png", "--width", "8", PIXELMILL_TRANSFORM_MAX_FRAME_PIXELS="100")

    assert resized.returncode == 1
    assert "pixels" in resized.stderr
