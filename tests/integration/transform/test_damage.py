from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pixelmill.domain.errors import CorruptImage, PixelmillError, UnsupportedFormat
from tests.integration.transform.conftest import LIMITS, Make
from tests.support.heic import HEIC
from tests.support.images import RED, animation, are_close, color_at, encode, opened, photo, pixels_of, plain, quarters

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


def with_frame_marker(jpeg: bytes, marker: int) -> bytes:
    """A JPEG whose frame header (SOF0, ITU-T T.81 table B.1) is marked as something else."""
    return jpeg.replace(b"\xff\xc0", bytes((0xFF, marker)), 1)


def with_precision(jpeg: bytes, bits: int) -> bytes:
    """A JPEG that says its samples have so many bits."""
    at = jpeg.index(b"\xff\xc0") + 4
    return jpeg[:at] + bytes((bits,)) + jpeg[at + 1 :]


@pytest.mark.parametrize("marker", [0x02, 0x10, 0xBF, 0xD8, 0xD9, 0xDC, 0xF0, 0xFF])
def test_a_mangled_frame_marker_is_damage(make: Make, marker: int) -> None:
    """Libjpeg says that such a marker is unsupported: there is none to support."""
    with pytest.raises(CorruptImage):
        make(with_frame_marker(SOURCES["jpeg"], marker), "jpeg", width=10)


@pytest.mark.parametrize("marker", [0xC3, 0xC5, 0xC6, 0xC7, 0xC8, 0xCB, 0xCD, 0xCE, 0xCF])
def test_a_rare_kind_of_jpeg_is_said_to_be_unsupported(make: Make, marker: int) -> None:
    """Lossless and hierarchical ones, and one kept for extensions: the standard has them, browsers and we do not."""
    with pytest.raises(UnsupportedFormat):
        make(with_frame_marker(SOURCES["jpeg"], marker), "jpeg", width=10)


def test_a_jpeg_of_12_bits_is_unsupported_and_one_of_77_is_damaged(make: Make) -> None:
    """The first exists."""
    with pytest.raises(UnsupportedFormat):
        make(with_precision(SOURCES["jpeg"], 12), "jpeg", width=10)
    with pytest.raises(CorruptImage):
        make(with_precision(SOURCES["jpeg"], 77), "jpeg", width=10)


def test_a_height_of_zero_is_damage(make: Make) -> None:
    """The standard has a way to say the height later; no camera uses it."""
    jpeg = SOURCES["jpeg"]
    at = jpeg.index(b"\xff\xc0") + 5

    with pytest.raises(CorruptImage):
        make(jpeg[:at] + b"\0\0" + jpeg[at + 2 :], "jpeg", width=10)


ALLOWING = replace(LIMITS, allow_truncated=True)


@pytest.mark.parametrize("name", ["jpeg", "progressive jpeg", "png"])
def test_what_is_there_of_a_truncated_image_is_made_where_the_operator_allows_it(make: Make, name: str) -> None:
    """The upper part is the picture's, at its full size."""
    content, said = SOURCES[name], name.rsplit(maxsplit=1)[-1]
    whole = pixels_of(make(content, said, width=150, format="png"))

    part = pixels_of(make(content[: len(content) * 6 // 10], said, width=150, format="png", limits=ALLOWING))

    assert part.shape == whole.shape
    assert np.abs(part[:40].astype(int) - whole[:40]).mean() < 12
    assert (part[-4:] != whole[-4:]).any()


def test_the_frames_that_are_there_of_a_truncated_animation_are_made(make: Make) -> None:
    """One that is broken off is shown as far as it goes."""
    content = SOURCES["gif"]

    made = opened(make(content[:-20], "gif", width=20, limits=ALLOWING))

    assert made.size == (20, 20)
    assert are_close(
        color_at(pixels_of(make(content[:-20], "gif", width=20, format="png", limits=ALLOWING)), 0, 0), RED
    )


@pytest.mark.parametrize("name", ["webp", "avif", "tiff"])
def test_formats_that_make_no_sense_in_part_are_refused_all_the_same(make: Make, name: str) -> None:
    """Their decoders know all or nothing."""
    content = SOURCES[name]

    with pytest.raises(CorruptImage):
        make(content[: len(content) * 6 // 10], name, width=10, limits=ALLOWING)


def test_nonsense_stays_nonsense_where_truncated_images_are_allowed(make: Make) -> None:
    """There has to be a picture that ends early."""
    for said in ("jpeg", "png", "gif"):
        with pytest.raises(CorruptImage):
            make(b"GIF89a and so on", said, width=10, limits=ALLOWING)


@pytest.mark.parametrize("brand", [b"heic", b"avif"])
def test_a_heic_is_unsupported_also_where_it_calls_itself_avif(make: Make, brand: bytes) -> None:
    """Both are the same container; what is in it decides."""
    with pytest.raises(UnsupportedFormat):
        make(HEIC.replace(b"heic", brand), "avif", width=10)
