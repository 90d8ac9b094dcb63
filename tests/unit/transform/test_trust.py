from pathlib import Path

import pytest

from pixelmill.domain.errors import TransformCrashed
from pixelmill.domain.source import ImageFormat
from pixelmill.domain.transformation import OutputFormat, Transformation
from pixelmill.transform.order import Made, MadeVariant, Order, Reply
from pixelmill.transform.sandbox import checked


def order(folder: Path) -> Order:
    return Order(
        source_path=folder / "source",
        format=ImageFormat.PNG,
        scratch_dir=folder,
        variants={"image": Transformation(width=1)},
    )


def reply(path: Path, name: str = "image") -> Reply:
    variant = MadeVariant(path=path, format=OutputFormat.PNG, width=1, height=1, frames=1, bytes=1, sha256="0" * 64)
    return Reply(made=Made(width=1, height=1, frames=1, variants={name: variant}))


def test_a_variant_in_the_scratch_folder_is_taken(tmp_path: Path) -> None:
    """The usual case."""
    (tmp_path / "image.png").write_bytes(b"x")

    assert checked(reply(tmp_path / "image.png"), order(tmp_path)).variants


@pytest.mark.parametrize("name", ["../secret", "link", "missing", "folder"])
def test_a_child_cannot_make_the_worker_publish_another_file(tmp_path: Path, name: str) -> None:
    """A decoder that was taken over may answer anything: only plain files of this order's folder are taken."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    (tmp_path / "secret").write_bytes(b"secret")
    (scratch / "link").symlink_to(tmp_path / "secret")
    (scratch / "folder").mkdir()

    with pytest.raises(TransformCrashed):
        checked(reply(scratch / name), order(scratch))


def test_a_child_cannot_answer_another_order(tmp_path: Path) -> None:
    """Exactly the variants that were asked for."""
    (tmp_path / "image.png").write_bytes(b"x")

    with pytest.raises(TransformCrashed):
        checked(reply(tmp_path / "image.png", name="other"), order(tmp_path))
