"""`resize` makes real images in the real sandbox, without any server."""

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
