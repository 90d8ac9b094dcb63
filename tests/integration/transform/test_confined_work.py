"""All that a child can do, done in a real one: nothing that work needs is taken away with the rest."""

from pathlib import Path
from typing import Any

import pytest

from pixelmill.domain.errors import TaskError
from pixelmill.domain.source import ImageFormat
from pixelmill.domain.transformation import OutputFormat, Placeholder, Transformation
from pixelmill.settings import TransformSettings
from pixelmill.transform.order import Order
from pixelmill.transform.sandbox import Sandbox
from tests.support.images import animation, encode, photo

ASKED: dict[str, dict[str, Any]] = {
    **{f"to_{output}": {"format": output} for output in OutputFormat},
    **{f"with_{placeholder}": {"placeholder": placeholder} for placeholder in Placeholder},
    "by_attention": {"height": 9, "position": "attention"},
    "by_entropy": {"height": 9, "position": "entropy"},
    "contained": {"height": 60, "fit": "contain", "background": "rgb(1 2 3 / 50%)"},
    "cut": {"crop": {"left": 3, "top": 3, "width": 50, "height": 50}, "trim": 10},
    "turned": {"rotate": 33, "flip": True, "flop": True},
    "finished": {"blur": 2, "sharpen": 1, "grayscale": True},
}

FRAMES = [photo(100, 80, seed) for seed in range(4)]
SOURCES = {
    **{each.value: (each, encode(FRAMES[0], each.name)) for each in ImageFormat},
    "progressive": (ImageFormat.JPEG, encode(FRAMES[0], "JPEG", progressive=True)),
    "animated gif": (ImageFormat.GIF, animation(FRAMES, "GIF", delays_ms=[50] * 4, loop=0)),
    "animated webp": (ImageFormat.WEBP, animation(FRAMES, "WEBP", delays_ms=[50] * 4, loop=0)),
    "deflated tiff": (ImageFormat.TIFF, encode(FRAMES[0], "TIFF", compression="tiff_deflate")),
    "tiff of jpeg": (ImageFormat.TIFF, encode(FRAMES[0], "TIFF", compression="jpeg")),
}


@pytest.mark.parametrize("source", list(SOURCES))
async def test_every_step_works_in_a_confined_child(tmp_path: Path, source: str) -> None:
    """From every format, into every format, by every step; with time to encode several variants at once."""
    image_format, content = SOURCES[source]
    (tmp_path / "source").write_bytes(content)
    (tmp_path / "variants").mkdir()
    variants = {name: Transformation.model_validate({"width": 40} | asked) for name, asked in ASKED.items()}
    order = Order(
        source_path=tmp_path / "source", format=image_format, scratch_dir=tmp_path / "variants", variants=variants
    )

    async with Sandbox(TransformSettings(processes=2), tmp_path) as sandbox:
        made = await sandbox.transform(order)

    assert {name: end for name, end in made.variants.items() if isinstance(end, TaskError)} == {}
