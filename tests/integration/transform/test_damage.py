from collections.abc import Callable
from pathlib import Path

import pytest

from pixelmill.domain.errors import CorruptImage, PixelmillError, UnsupportedFormat
from tests.integration.transform.conftest import Make
from tests.support.images import RED, animation, are_close, color_at, encode, photo, pixels_of, plain, quarters

PHOTO = photo(300, 200)
SOURCES = {
    "jpeg": encode(PHOTO, "JPEG", quality=90),
    "progressive jpeg": encode(PHOTO, "JPEG", quality=90, progressive=True),
    "png": encode(PHOTO, "PNG"),
    "webp": encode(PHOTO, "WEBP"),
    "avif": encode(PHOTO, "AVIF", speed=10),
    "gif": animation([plain(50, 50, color) for color in (RED, (0, 0, 0))], "GIF", delays_ms=[100, 100], loop=0),
    "tiff": encode(PHOTO, "TIFF", compression="tiff_lzw"),
}


@pytest.mark.parametrize("share", [0.2, 0.6, 0.97])
@pytest.mark.parametrize("name", list(SOURCES))
def test_a_truncated_image_is_refused(make: Make, name: str, share: float) -> None:
    """A download that broke off is not served with its lower half gray."""
    content = SOURCES[name]

    with pytest.raises(CorruptImage):
        make(content[: int(len(content) * share)], name.rsplit(maxsplit=1)[-1], width=100)


@pytest.mark.parametrize("name", list(SOURCES))
def test_the_same_image_whole_passes(make: Make, name: str) -> None:
    """The refusals above are due to the truncation."""
    assert pixels_of(make(SOURCES[name], name.rsplit(maxsplit=1)[-1], width=40)).shape[1] == 40


def test_a_truncated_animation_is_refused_for_its_first_frame_too(make: Make) -> None:
    """Damage is damage, also where only the whole beginning is wanted."""
    content = SOURCES["gif"]

    with pytest.raises(CorruptImage):
        make(content[:-20], "gif", width=20, format="png")


def test_a_gif_without_its_last_byte_passes(make: Make) -> None:
    """Some encoders forget the trailer; every frame is there."""
    content = SOURCES["gif"]
    assert content.endswith(b"\x3b")

    assert pixels_of(make(content[:-1], "gif", width=20)).shape == (20, 20, 3)


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda jpeg: jpeg + b"\0" * 1000, id="padding after the end"),
        pytest.param(lambda jpeg: jpeg[:2] + b"\xff\xe5\x00\x06data" + jpeg[2:], id="unknown segment"),
        pytest.param(lambda jpeg: jpeg.replace(b"\xff\xdb", b"junk\xff\xdb", 1), id="stray bytes between segments"),
    ],
)
def test_a_photo_as_phones_write_them_passes(make: Make, damage: Callable[[bytes], bytes]) -> None:
    """Oddities every viewer forgives, and that Samsung's cameras are known for, are no reason to refuse a photo."""
    source = damage(encode(quarters(80, 80), "JPEG", quality=90))

    assert are_close(color_at(pixels_of(make(source, "jpeg", width=40)), 0.1, 0.1), RED)


@pytest.mark.parametrize("said", ["jpeg", "png", "webp", "avif", "gif", "tiff"])
@pytest.mark.parametrize("name", ["jpeg", "png", "gif"])
def test_one_format_is_not_read_as_another(make: Make, name: str, said: str) -> None:
    """Only the loader of the format that was found is asked; no other one steps in."""
    if name == said:
        return

    with pytest.raises(CorruptImage):
        make(SOURCES[name], said, width=10)


@pytest.mark.parametrize("said", ["jpeg", "png", "webp", "avif", "gif", "tiff"])
@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xd8\xff", b"RIFF\0\0\0\0WEBP", b"<svg xmlns='x'/>", b"II*\0" * 50],
    ids=["nothing", "jpeg signature", "webp signature", "svg", "tiff signatures"],
)
def test_nonsense_is_refused(make: Make, said: str, content: bytes) -> None:
    """An empty file, a bare signature, a script: an error of the catalogue and nothing else."""
    with pytest.raises((CorruptImage, UnsupportedFormat)):
        make(content, said, width=10)


def test_what_went_wrong_names_no_internals(make: Make, tmp_path: Path) -> None:
    """What a caller reads has no path and no library in it."""
    with pytest.raises(PixelmillError) as caught:
        make(b"II*\0" * 50, "tiff", width=10)

    assert str(tmp_path) not in caught.value.detail
    assert "tiff2vips" not in caught.value.detail
