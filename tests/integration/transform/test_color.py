import io

import numpy as np
import pytest
import pyvips
from PIL import Image, ImageCms

from tests.integration.transform.conftest import Make
from tests.support.images import are_close, color_at, encode, opened, pixels_of, plain, quarters, save
from tests.support.profiles import ADOBE_RGB, P3, RgbSpace

COLOR = (100, 180, 60)


def center(content: bytes) -> tuple[int, ...]:
    return color_at(pixels_of(content), 0.5, 0.5)


@pytest.mark.parametrize("space", [P3, ADOBE_RGB])
@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF"])
def test_a_wide_gamut_is_brought_to_srgb(make: Make, image_format: str, space: RgbSpace) -> None:
    """The numbers change so that the color does not; the profile, true no longer, is gone."""
    source = encode(plain(40, 40, COLOR), image_format, icc_profile=space.profile)

    made = make(source, image_format.lower(), width=20, format="png")

    assert are_close(center(made), space.in_srgb(COLOR), tolerance=5)
    assert not are_close(center(made), COLOR, tolerance=12)
    assert "icc_profile" not in opened(made).info


def test_a_profile_of_srgb_changes_nothing(make: Make) -> None:
    """What is sRGB already is not converted again, and not one step of rounding is lost."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()

    made = make(encode(quarters(40, 40), "PNG", icc_profile=profile), "png", width=40)

    assert (pixels_of(made) == quarters(40, 40)).all()
    assert "icc_profile" not in opened(made).info


@pytest.mark.parametrize("profile", [b"no profile at all" * 20, b""], ids=["nonsense", "empty"])
def test_a_broken_profile_is_ignored(make: Make, profile: bytes) -> None:
    """The picture is shown as browsers show it: as sRGB."""
    made = make(encode(plain(40, 40, COLOR), "PNG", icc_profile=profile), "png", width=20)

    assert are_close(center(made), COLOR, tolerance=2)


def test_a_profile_for_other_pixels_is_ignored(make: Make) -> None:
    """Gray pixels under an RGB profile stay the gray they are."""
    made = make(encode(plain(40, 40, (120,)), "JPEG", icc_profile=P3.profile), "jpeg", width=20)

    assert are_close(center(made), (120, 120, 120), tolerance=3)


def cmyk_profile() -> bytes:
    image = pyvips.Image.black(1, 1, bands=3).copy(interpretation="srgb")
    return bytes(image.icc_transform("cmyk", input_profile="srgb").get("icc-profile-data"))


@pytest.mark.parametrize("image_format", ["JPEG", "TIFF"])
def test_cmyk_is_converted_by_its_profile(make: Make, image_format: str) -> None:
    """The inks come out as the profile's press prints them, by the account of another color library run."""
    profile = cmyk_profile()
    inks = Image.new("CMYK", (40, 40), (160, 40, 200, 20))
    press, screen = ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB")
    expected = np.asarray(ImageCms.profileToProfile(inks, press, screen, outputMode="RGB"))[5, 5]

    made = make(save(inks, image_format, icc_profile=profile), image_format.lower(), width=20, format="png")

    assert opened(made).mode == "RGB"
    assert are_close(center(made), tuple(int(value) for value in expected), tolerance=8)


@pytest.mark.parametrize(
    ("inks", "darkest", "brightest"),
    [
        ((0, 0, 0, 0), (250, 250, 250), (255, 255, 255)),
        ((255, 0, 0, 0), (0, 100, 180), (90, 200, 255)),
        ((0, 0, 255, 0), (220, 200, 0), (255, 255, 90)),
        ((0, 0, 0, 255), (0, 0, 0), (60, 60, 60)),
    ],
)
def test_cmyk_without_a_profile_is_taken_for_usual_inks(
    make: Make, inks: tuple[int, ...], darkest: tuple[int, ...], brightest: tuple[int, ...]
) -> None:
    """Paper is white, cyan is blue-green, yellow yellow and black dark: neither inverted nor taken for RGBA."""
    color = center(make(save(Image.new("CMYK", (40, 40), inks), "JPEG"), "jpeg", width=20))

    assert all(low <= value <= high for low, value, high in zip(darkest, color, brightest, strict=True))


def test_16_bit_color_becomes_8_bit(make: Make) -> None:
    """The high byte is what is seen."""
    image = pyvips.Image.new_from_array(np.full((20, 20, 3), (40_000, 20_000, 1000), np.uint16))
    source = image.copy(interpretation="rgb16").pngsave_buffer(bitdepth=16)

    made = make(bytes(source), "png", width=10)

    assert opened(made).mode == "RGB"
    assert are_close(center(made), (156, 78, 4), tolerance=2)


def test_16_bit_color_with_a_profile_is_brought_to_srgb(make: Make) -> None:
    """Depth and gamut are converted in one go."""
    image = pyvips.Image.new_from_array(np.full((20, 20, 3), [value * 257 for value in COLOR], np.uint16))
    image = image.copy(interpretation="rgb16")
    image.set_type(pyvips.GValue.blob_type, "icc-profile-data", P3.profile)

    made = make(bytes(image.pngsave_buffer(bitdepth=16)), "png", width=10)

    assert are_close(center(made), P3.in_srgb(COLOR), tolerance=5)


@pytest.mark.parametrize(("mode", "value", "gray"), [("I;16", 40_000, 156), ("L", 120, 120), ("1", 1, 255)])
def test_gray_stays_gray(make: Make, mode: str, value: int, gray: int) -> None:
    """16 bits, 8 bits and one bit."""
    made = make(save(Image.new(mode, (40, 40), value), "PNG"), "png", width=20)

    assert opened(made).mode == "L"
    assert are_close(center(made), (gray, gray, gray), tolerance=2)


def test_a_palette_becomes_its_colors(make: Make) -> None:
    """Resizing mixes colors, not the numbers of a palette."""
    indexed = Image.fromarray(quarters(40, 40)).quantize(8)

    pixels = pixels_of(make(save(indexed, "PNG"), "png", width=20))

    assert are_close(color_at(pixels, 0.1, 0.1), (200, 30, 40), tolerance=8)
    assert are_close(color_at(pixels, 0.9, 0.9), (230, 220, 40), tolerance=8)


def test_a_lab_tiff_becomes_srgb(make: Make) -> None:
    """A space of another kind altogether."""
    lab = (
        pyvips.Image.new_from_array(np.full((20, 20, 3), COLOR, np.uint8))
        .copy(interpretation="srgb")
        .colourspace("lab")
    )

    assert are_close(center(make(bytes(lab.tiffsave_buffer()), "tiff", width=10)), COLOR, tolerance=3)


def test_bands_beyond_color_and_alpha_are_left_out(make: Make) -> None:
    """A TIFF of a camera or a scanner may carry more channels than a picture has."""
    bands = pyvips.Image.new_from_array(np.full((20, 20, 6), (*COLOR, 255, 7, 8), np.uint8)).copy(interpretation="srgb")

    made = make(bytes(bands.tiffsave_buffer()), "tiff", width=10)

    assert opened(made).mode == "RGBA"
    assert are_close(center(made), COLOR, tolerance=2)


@pytest.mark.parametrize("bands", [3, 4, 6])
def test_bands_beyond_gray_and_alpha_are_left_out(make: Make, bands: int) -> None:
    """A gray TIFF with more channels is gray: the second is its transparency, the others are none of its colors."""
    pixels = np.full((20, 20, bands), (90, 255, 7, 8, 9, 10)[:bands], np.uint8)
    gray = pyvips.Image.new_from_array(pixels).copy(interpretation="b-w")

    made = make(bytes(gray.tiffsave_buffer()), "tiff", width=10, placeholder="blurhash")

    assert opened(made).mode == "LA"
    assert are_close(center(made), (90, 90, 90), tolerance=2)
