"""Of a source's metadata a variant gets what was asked for, as another reader reads it, and nothing else."""

import html
import io
import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import ExifTags, Image, IptcImagePlugin, JpegImagePlugin

from pixelmill.transform.order import MadeVariant
from tests.integration.transform.conftest import Make, MakeAll
from tests.support.images import animation, are_close, color_at, encode, opened, photo, pixels_of, plain
from tests.support.photographed import (
    ARTIST,
    AUTHOR,
    COLOR_SPACE,
    COPYRIGHT,
    EXIF_DIRECTORY,
    GPS_DIRECTORY,
    IPTC,
    LENS,
    LENS_MODEL,
    MAKE,
    NOTICE,
    ORIENTATION,
    PIXEL_HEIGHT,
    PIXEL_WIDTH,
    XMP,
    app13,
    exif,
    photographed,
)
from tests.support.profiles import P3

FORMATS = ["jpeg", "png", "webp", "avif"]
PAIRS = list(itertools.product(FORMATS, FORMATS))


def text(exif: Image.Exif, tag: int) -> str:
    """Pillow takes texts for Latin-1; they are UTF-8."""
    return str(exif[tag]).encode("latin-1").decode()


def facts(directory: dict[int, Any]) -> Iterator[str]:
    for value in directory.values():
        yield value.decode("latin-1") if isinstance(value, bytes) else str(value)


def every_fact(content: bytes) -> str:
    """All that is told by metadata, compressed or not, in one text."""
    image = opened(content)
    found = image.getexif()
    told = [*facts(dict(found)), *facts(found.get_ifd(EXIF_DIRECTORY)), *facts(found.get_ifd(GPS_DIRECTORY))]
    return " ".join([*told, *(str(value) for value in image.info.values()), content.decode("latin-1")])


@pytest.mark.parametrize(("source", "output"), PAIRS)
def test_copyright_keeps_who_made_it_and_who_may_use_it(make: Make, source: str, output: str) -> None:
    """Whole and to the letter, in every format; where and with what it was taken stays here."""
    content = photographed(source.upper())

    made = make(content, source, width=30, format=output, keep_metadata="copyright")

    found = opened(made).getexif()
    assert (text(found, ARTIST), text(found, COPYRIGHT)) == (AUTHOR, NOTICE)
    assert b"https://example.com/license" in xmp_of(made)
    assert b"XMP rights" in xmp_of(made)
    assert "Secret" in every_fact(content)
    assert "Secret" not in every_fact(made)
    assert not found.get_ifd(GPS_DIRECTORY)
    assert LENS_MODEL not in found.get_ifd(EXIF_DIRECTORY)


@pytest.mark.parametrize(("source", "output"), PAIRS)
def test_all_keeps_all(make: Make, source: str, output: str) -> None:
    """Camera, lens, place and title, too."""
    made = make(photographed(source.upper()), source, width=30, format=output, keep_metadata="all")

    found = opened(made).getexif()
    assert (text(found, ARTIST), text(found, COPYRIGHT), text(found, MAKE)) == (AUTHOR, NOTICE, "Secret (camera)")
    assert found.get_ifd(EXIF_DIRECTORY)[LENS_MODEL] == LENS
    assert [float(part) for part in found.get_ifd(GPS_DIRECTORY)[2]] == [48.0, 8.0, 12.3]
    assert b"Secret title" in xmp_of(made)


@pytest.mark.parametrize(("source", "output"), PAIRS)
def test_what_is_kept_is_true_of_the_variant(make: Make, source: str, output: str) -> None:
    """It stands upright, has its own size, is sRGB, and shows no thumbnail of what it was."""
    made = make(photographed(source.upper()), source, width=30, format=output, keep_metadata="all")

    image = opened(made)
    found = image.getexif()
    assert image.size == (30, 45)
    assert found[ORIENTATION] == 1
    shot = found.get_ifd(EXIF_DIRECTORY)
    assert (shot[COLOR_SPACE], shot[PIXEL_WIDTH], shot[PIXEL_HEIGHT]) == (1, 30, 45)
    assert not found.get_ifd(ExifTags.IFD.IFD1)
    assert b"Orientation" not in xmp_of(made)
    assert "icc_profile" not in image.info


@pytest.mark.parametrize("output", FORMATS)
def test_a_picture_is_the_same_whatever_is_kept(make: Make, output: str) -> None:
    """Metadata is beside the pixels: an orientation that is no longer true is not applied by any reader."""
    source = photographed("JPEG", size=(80, 120))
    parameters = {"width": 40, "format": output}

    plain_pixels = pixels_of(make(source, "jpeg", **parameters))

    for kept in ("copyright", "all"):
        assert (pixels_of(make(source, "jpeg", keep_metadata=kept, **parameters)) == plain_pixels).all()


def test_colors_are_srgb_whatever_is_kept(make: Make) -> None:
    """A profile is never kept, because the numbers are no longer its."""
    source = encode(plain(40, 40, (100, 180, 60)), "JPEG", icc_profile=P3.profile, exif=exif())

    made = make(source, "jpeg", width=20, format="png", keep_metadata="all")

    assert are_close(color_at(pixels_of(made), 0.5, 0.5), P3.in_srgb((100, 180, 60)), tolerance=5)
    assert "icc_profile" not in opened(made).info


def iptc_of(content: bytes) -> dict[tuple[int, int], str]:
    image = Image.open(io.BytesIO(content))
    assert isinstance(image, JpegImagePlugin.JpegImageFile)
    found = IptcImagePlugin.getiptcinfo(image) or {}
    return {key: value.decode() for key, value in found.items() if isinstance(value, bytes) and key != (1, 90)}


def test_a_jpeg_keeps_iptc(make: Make) -> None:
    """All of it, or what says whose the picture is."""
    source = photographed("JPEG")

    assert iptc_of(make(source, "jpeg", width=30, keep_metadata="all")) == IPTC
    assert iptc_of(make(source, "jpeg", width=30, keep_metadata="copyright")) == {
        key: value for key, value in IPTC.items() if "Secret" not in value
    }


@pytest.mark.parametrize("kept", ["copyright", "all"])
@pytest.mark.parametrize("output", ["png", "webp", "avif"])
def test_rights_that_only_iptc_knows_are_not_lost(make: Make, output: str, kept: str) -> None:
    """Other formats than JPEG have no room for it: author and notice go into XMP, where that has none."""
    source = encode(photo(60, 40), "JPEG")
    source = source[:2] + app13(IPTC) + source[2:]

    xmp = html.unescape(xmp_of(make(source, "jpeg", width=30, format=output, keep_metadata=kept)).decode("ascii"))

    assert f'<dc:creator><rdf:Seq><rdf:li xml:lang="x-default">{IPTC[2, 80]}</rdf:li>' in xmp
    assert f'<dc:rights><rdf:Alt><rdf:li xml:lang="x-default">{IPTC[2, 116]}</rdf:li>' in xmp
    assert "Secret" not in xmp


def xmp_of(content: bytes) -> bytes:
    info = opened(content).info
    found = info.get("xmp") or info.get("XML:com.adobe.xmp") or b""
    return found.encode() if isinstance(found, str) else bytes(found)


@pytest.mark.parametrize("kept", ["copyright", "all"])
@pytest.mark.parametrize("output", [*FORMATS, "source"])
def test_a_picture_that_says_nothing_says_nothing(make: Make, output: str, kept: str) -> None:
    """No empty block is written."""
    source = encode(photo(60, 40), "JPEG")

    made = make(source, "jpeg", width=30, format=output, keep_metadata=kept)

    assert made == make(source, "jpeg", width=30, format=output)
    assert not opened(made).getexif()


def test_a_gif_that_stays_one_is_made(make: Make) -> None:
    """It brings no metadata that is read; nobody asked for the format that holds none."""
    source = animation([plain(20, 20, color) for color in ((0, 0, 0), (255, 0, 0))], "GIF", delays_ms=[50, 50], loop=0)

    assert make(source, "gif", width=10, keep_metadata="all") == make(source, "gif", width=10)


def test_an_animation_keeps_its_rights(make: Make) -> None:
    """Once, for all its frames."""
    first, second = (Image.fromarray(photo(60, 40, seed)) for seed in (1, 2))
    file = io.BytesIO()
    first.save(file, "WEBP", save_all=True, append_images=[second], exif=exif(orientation=1), xmp=XMP)

    made = make(file.getvalue(), "webp", width=30, keep_metadata="copyright")

    assert getattr(opened(made), "n_frames", 1) == 2
    assert text(opened(made).getexif(), COPYRIGHT) == NOTICE
    assert "Secret" not in every_fact(made)


def test_variants_of_one_source_keep_what_each_asked_for(make_all: MakeAll) -> None:
    """What one leaves out, the next one still finds."""
    kinds = ("none", "copyright", "all", "copyright", "none")
    wanted = {f"v{index}": {"width": 30, "keep_metadata": kept} for index, kept in enumerate(kinds)}

    made = make_all(photographed("JPEG"), "jpeg", wanted).variants

    variants = [variant for variant in made.values() if isinstance(variant, MadeVariant)]
    contents = [variant.path.read_bytes() for variant in variants]
    assert [b"Secret" in content for content in contents] == [kept == "all" for kept in kinds]
    assert [bool(opened(content).getexif()) for content in contents] == [kept != "none" for kept in kinds]


@pytest.mark.parametrize("kept", ["none", "copyright", "all"])
@pytest.mark.parametrize(
    "block",
    [
        b"Exif\0\0",
        b"Exif\0\0II*\0\xff\xff\xff\xff",
        b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + b"\xff" * 500,
        exif(orientation=None)[:60],
        exif(orientation=None)[:-500],
        b"nothing of the kind" * 20,
    ],
    ids=["empty", "pointing nowhere", "endless", "cut off", "cut off in the thumbnail", "text"],
)
def test_broken_metadata_is_no_reason_to_refuse_a_picture(make: Make, block: bytes, kept: str) -> None:
    """It is kept as far as it can be read."""
    source = encode(photo(60, 40), "JPEG", exif=block)

    assert opened(make(source, "jpeg", width=30, keep_metadata=kept)).size == (30, 20)


@pytest.mark.parametrize("output", FORMATS)
def test_a_block_that_no_jpeg_has_room_for_is_left_out(make: Make, output: str) -> None:
    """Other formats would take it; a variant is to be small."""
    huge = Image.Exif()
    huge[COPYRIGHT] = "x" * 70_000
    source = encode(photo(60, 40), "PNG", exif=huge)

    made = make(source, "png", width=30, format=output, keep_metadata="all")

    assert len(made) < 20_000
    assert not opened(made).getexif()
