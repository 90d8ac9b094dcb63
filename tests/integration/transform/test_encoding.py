import numpy as np
import pytest
from PIL import Image

from tests.integration.transform.conftest import Make
from tests.support.images import encode, opened, photo, pixels_of, save

PHOTO = encode(photo(400, 300), "PNG")
FORMATS = ["jpeg", "png", "webp", "avif", "gif"]


@pytest.mark.parametrize("output", FORMATS)
def test_the_picture_survives_its_format(make: Make, output: str) -> None:
    """At default quality every format shows the picture that was asked for."""
    shown = pixels_of(make(PHOTO, "png", width=200, format=output)).astype(int)
    exact = pixels_of(make(PHOTO, "png", width=200, format="png")).astype(int)

    assert float(np.abs(shown - exact).mean()) < 8.0


@pytest.mark.parametrize("output", FORMATS)
def test_one_pixel_is_an_image(make: Make, output: str) -> None:
    """The smallest variant there is, in every format."""
    assert opened(make(PHOTO, "png", width=1, height=1, format=output)).size == (1, 1)


@pytest.mark.parametrize("output", ["jpeg", "webp", "avif"])
def test_quality_buys_bytes(make: Make, output: str) -> None:
    """Less quality, smaller file."""
    low, middle, high = (len(make(PHOTO, "png", width=200, format=output, quality=quality)) for quality in (20, 60, 95))

    assert low < middle < high


def test_the_default_quality_is_sharps(make: Make) -> None:
    """80 for JPEG and WebP, 50 for AVIF."""
    for output, quality in (("jpeg", 80), ("webp", 80), ("avif", 50)):
        assert make(PHOTO, "png", width=64, format=output) == make(
            PHOTO, "png", width=64, format=output, quality=quality
        )


@pytest.mark.parametrize("output", FORMATS)
def test_no_metadata_is_passed_on(make: Make, output: str) -> None:
    """Neither place nor camera nor author of a photo leave the service unasked."""
    exif = Image.Exif()
    exif[0x010F], exif[0x013B] = "SecretCamera", "SecretAuthor"
    exif.get_ifd(0x8825)[1] = "N"
    source = save(
        opened(PHOTO), "JPEG", exif=exif, comment=b"SecretComment", xmp=b"<x:xmpmeta>SecretPacket</x:xmpmeta>"
    )

    made = make(source, "jpeg", width=100, format=output)

    assert b"Secret" in source
    assert b"Secret" not in made
    assert not opened(made).getexif()


@pytest.mark.parametrize("source", ["JPEG", "PNG", "WEBP", "AVIF", "GIF"])
def test_the_format_of_the_source_is_kept(make: Make, source: str) -> None:
    """Unless another is asked for."""
    content = encode(photo(60, 40), source)

    assert opened(make(content, source.lower(), width=30)).format == source


def test_equal_orders_make_equal_bytes(make: Make) -> None:
    """A result can be recognized by its digest."""
    assert make(PHOTO, "png", width=100, format="webp") == make(PHOTO, "png", width=100, format="webp")


@pytest.mark.parametrize("output", ["webp", "avif"])
def test_lossless_keeps_every_pixel(make: Make, output: str) -> None:
    """What comes out is what went in, in the formats that are lossy otherwise."""
    exact = pixels_of(PHOTO)

    assert (pixels_of(make(PHOTO, "png", width=400, format=output, lossless=True)) == exact).all()
    assert (pixels_of(make(PHOTO, "png", width=400, format=output)) != exact).any()


@pytest.mark.parametrize(("output", "least", "more"), [("webp", 0, 6), ("avif", 0, 3), ("gif", 1, 9)])
def test_effort_saves_bytes(make: Make, output: str, least: int, more: int) -> None:
    """An encoder that tries harder writes less."""
    sizes = [len(make(PHOTO, "png", width=200, format=output, effort=effort)) for effort in (least, more)]

    assert sizes[1] < sizes[0]
