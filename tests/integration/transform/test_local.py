from pathlib import Path

import pytest

from pixelmill.domain.errors import CorruptImage, TaskError
from pixelmill.domain.source import ImageFormat
from pixelmill.domain.transformation import KeepMetadata, Placeholder, Transformation
from pixelmill.settings import TransformSettings
from pixelmill.transform.local import resize_file
from pixelmill.transform.order import MadeVariant
from tests.support.children import children_of
from tests.support.images import encode, opened, photo, quarters
from tests.support.photographed import photographed

SETTINGS = TransformSettings()


def test_a_file_is_resized_without_a_server(tmp_path: Path) -> None:
    """The variants lie in the folder, readable as any file of the user's; nothing else is left, nor any child."""
    source, folder = tmp_path / "source", tmp_path / "made"
    source.write_bytes(encode(photo(200, 100), "JPEG"))
    folder.mkdir()
    wanted = {"small": Transformation(width=50, format="webp"), "large": Transformation(width=100)}

    made = resize_file(source, folder, wanted, SETTINGS, image_format=ImageFormat.JPEG)

    assert {name: end.path for name, end in made.items() if isinstance(end, MadeVariant)} == {
        "small": folder / "small.webp",
        "large": folder / "large.jpg",
    }
    assert opened((folder / "small.webp").read_bytes()).size == (50, 25)
    assert (folder / "small.webp").stat().st_mode == source.stat().st_mode
    assert {path.name for path in folder.iterdir()} == {"small.webp", "large.jpg"}
    assert children_of() == []


def test_all_that_can_be_asked_for_is_made_in_the_sandbox(tmp_path: Path) -> None:
    """What reads XML and what makes placeholders works where nothing can be loaded any more."""
    source, folder = tmp_path / "source", tmp_path / "made"
    source.write_bytes(photographed("JPEG"))
    folder.mkdir()
    kinds = [{"placeholder": kind} for kind in Placeholder] + [{"keep_metadata": kept} for kept in KeepMetadata]
    wanted = {
        f"v{index}": Transformation.model_validate({"width": 40, "max_bytes": 20_000} | asked)
        for index, asked in enumerate(kinds)
    }

    made = resize_file(source, folder, wanted, SETTINGS, image_format=ImageFormat.JPEG)

    variants = [end for end in made.values() if isinstance(end, MadeVariant)]
    assert [bool(variant.placeholder) for variant in variants] == [True] * 3 + [False] * 3
    assert [b"Secret title" in variant.path.read_bytes() for variant in variants] == [False] * 5 + [True]


def test_a_variant_that_cannot_be_made_says_why(tmp_path: Path) -> None:
    """Beside those that can."""
    source, folder = tmp_path / "source", tmp_path / "made"
    source.write_bytes(encode(quarters(2, 400), "PNG"))
    folder.mkdir()
    wanted = {"fine": Transformation(width=1), "impossible": Transformation(width=300)}

    made = resize_file(source, folder, wanted, SETTINGS, image_format=ImageFormat.PNG)

    assert isinstance(made["fine"], MadeVariant)
    assert isinstance(end := made["impossible"], TaskError)
    assert end.code == "impossible_transformation"


def test_a_damaged_source_leaves_nothing(tmp_path: Path) -> None:
    """No half file, no temporary file."""
    source, folder = tmp_path / "source", tmp_path / "made"
    source.write_bytes(encode(photo(90, 90), "PNG")[:5000])
    folder.mkdir()

    with pytest.raises(CorruptImage):
        resize_file(source, folder, {"image": Transformation(width=30)}, SETTINGS, image_format=ImageFormat.PNG)

    assert list(folder.iterdir()) == []


def test_a_missing_source_is_the_callers_affair(tmp_path: Path) -> None:
    """It is reported as what it is, before any process is started."""
    with pytest.raises(FileNotFoundError):
        resize_file(
            tmp_path / "none", tmp_path, {"image": Transformation(width=3)}, SETTINGS, image_format=ImageFormat.PNG
        )
