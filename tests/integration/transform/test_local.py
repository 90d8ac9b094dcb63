from pathlib import Path

import pytest

from pixelmill.domain.errors import CorruptImage, ImpossibleTransformation
from pixelmill.domain.source import ImageFormat
from pixelmill.domain.transformation import Transformation
from pixelmill.settings import TransformSettings
from pixelmill.transform.local import resize_file
from tests.support.children import children_of
from tests.support.images import encode, opened, photo, quarters

SETTINGS = TransformSettings()


def test_a_file_is_resized_without_a_server(tmp_path: Path) -> None:
    """The variant lies where it was asked for, readable as any file of the user's; no child is left."""
    source, destination = tmp_path / "source", tmp_path / "small.webp"
    source.write_bytes(encode(photo(200, 100), "JPEG"))

    variant = resize_file(
        source, destination, Transformation(width=50, format="webp"), SETTINGS, image_format=ImageFormat.JPEG
    )

    assert variant.path == destination
    assert opened(destination.read_bytes()).size == (50, 25)
    assert destination.stat().st_mode == source.stat().st_mode
    assert children_of() == []


@pytest.mark.parametrize(
    ("content", "error"),
    [(encode(photo(90, 90), "PNG")[:5000], CorruptImage), (encode(quarters(2, 400), "PNG"), ImpossibleTransformation)],
    ids=["truncated", "impossible"],
)
def test_a_failure_leaves_the_destination_as_it_was(tmp_path: Path, content: bytes, error: type[Exception]) -> None:
    """No half file, no temporary file, and what was there is still there."""
    source, destination = tmp_path / "source", tmp_path / "small.png"
    source.write_bytes(content)
    destination.write_bytes(b"before")

    with pytest.raises(error):
        resize_file(source, destination, Transformation(width=300), SETTINGS, image_format=ImageFormat.PNG)

    assert destination.read_bytes() == b"before"
    assert {path.name for path in tmp_path.iterdir()} == {"source", "small.png"}


def test_an_operator_may_have_truncated_images_made(tmp_path: Path) -> None:
    """The setting reaches the child that decodes."""
    source, destination = tmp_path / "source", tmp_path / "small.png"
    source.write_bytes(encode(photo(90, 90), "PNG")[:5000])
    settings = TransformSettings(allow_truncated=True)

    resize_file(source, destination, Transformation(width=30), settings, image_format=ImageFormat.PNG)

    assert opened(destination.read_bytes()).size == (30, 30)


def test_a_missing_source_is_the_callers_affair(tmp_path: Path) -> None:
    """It is reported as what it is, before any process is started."""
    with pytest.raises(FileNotFoundError):
        resize_file(
            tmp_path / "none", tmp_path / "made", Transformation(width=3), SETTINGS, image_format=ImageFormat.PNG
        )
