import hashlib
from pathlib import Path

import numpy as np
import pytest

from pixelmill.domain.errors import CorruptImage, TaskError
from pixelmill.transform.order import MadeVariant
from tests.integration.transform.conftest import Make, MakeAll
from tests.support.images import encode, opened, photo, pixels_of, quarters

PHOTO = encode(photo(1600, 1200), "JPEG", quality=92)


def test_every_variant_is_made_in_its_size_and_format(make_all: MakeAll) -> None:
    """One source, three widths, three formats; what is reported is what lies there."""
    wanted = {
        "large": {"width": 800},
        "medium": {"width": 400, "format": "webp"},
        "small": {"width": 90, "format": "png"},
    }

    made = make_all(PHOTO, "jpeg", wanted)

    assert (made.width, made.height, made.frames) == (1600, 1200, 1)
    assert list(made.variants) == list(wanted)
    for variant in made.variants.values():
        assert isinstance(variant, MadeVariant)
        content = variant.path.read_bytes()
        image = opened(content)
        assert (image.width, image.height) == (variant.width, variant.height)
        assert (image.format or "").lower() == variant.format
        assert (len(content), hashlib.sha256(content).hexdigest()) == (variant.bytes, variant.sha256)


def test_variants_made_together_look_like_those_made_alone(make: Make, make_all: MakeAll) -> None:
    """Deriving a small size from a larger one saves time and shows nowhere."""
    widths = (800, 640, 320, 160)

    together = make_all(PHOTO, "jpeg", {f"w{width}": {"width": width, "format": "png"} for width in widths})

    for width in widths:
        variant = together.variants[f"w{width}"]
        assert isinstance(variant, MadeVariant)
        difference = pixels_of(variant.path.read_bytes()).astype(int) - pixels_of(
            make(PHOTO, "jpeg", width=width, format="png")
        )
        assert float(np.abs(difference).mean()) < 2.0


def test_one_impossible_variant_fails_alone(make_all: MakeAll) -> None:
    """The others are made."""
    strip = encode(quarters(4, 400), "PNG")

    made = make_all(strip, "png", {"good": {"height": 40}, "huge": {"width": 200}})

    assert isinstance(made.variants["good"], MadeVariant)
    assert isinstance(made.variants["huge"], TaskError)
    assert made.variants["huge"].code == "impossible_transformation"


def test_what_is_wrong_with_the_source_fails_the_order(make_all: MakeAll) -> None:
    """Damage found while several variants are made is not blamed on one of them."""
    with pytest.raises(CorruptImage):
        make_all(PHOTO[: len(PHOTO) // 2], "jpeg", {"large": {"width": 800}, "small": {"width": 100}})


def test_equal_sizes_in_all_formats(make_all: MakeAll) -> None:
    """They share one scaling, and lie in files of their own."""
    formats = ("jpeg", "png", "webp", "avif", "gif")

    made = make_all(PHOTO, "jpeg", {name: {"width": 64, "format": name} for name in formats})

    paths = {variant.path for variant in made.variants.values() if isinstance(variant, MadeVariant)}
    assert len(paths) == len(formats)
    assert {opened(path.read_bytes()).size for path in paths} == {(64, 48)}


def test_nothing_but_the_variants_is_left(make_all: MakeAll, tmp_path: Path) -> None:
    """No temporary file outlives the order."""
    make_all(PHOTO, "jpeg", {"one": {"width": 64}, "two": {"width": 32, "format": "avif"}})

    assert {path.name for path in tmp_path.iterdir()} == {"source", "one.jpg", "two.avif"}
