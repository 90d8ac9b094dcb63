"""Fixtures: the pipeline run in this process, on files, as a child runs it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pixelmill.domain.source import ImageFormat
from pixelmill.domain.transformation import Transformation
from pixelmill.settings import TransformSettings
from pixelmill.transform.guard import SourceLimits
from pixelmill.transform.order import Made, MadeVariant, Order
from pixelmill.transform.pipeline import fulfil

SETTINGS = TransformSettings()
LIMITS = SourceLimits(SETTINGS.max_frame_pixels, SETTINGS.max_total_pixels, SETTINGS.max_frames)

Make = Callable[..., bytes]
MakeAll = Callable[..., Made]


@pytest.fixture
def make_all(tmp_path: Path) -> MakeAll:
    """`make_all(content, "jpeg", {name: parameters})` makes several variants of a source."""

    def make_all(
        content: bytes, image_format: str, variants: dict[str, Any], limits: SourceLimits = LIMITS, encoders: int = 1
    ) -> Made:
        source = tmp_path / "source"
        source.write_bytes(content)
        wanted = {name: Transformation.model_validate(parameters) for name, parameters in variants.items()}
        order = Order(
            source_path=source,
            format=ImageFormat(image_format),
            scratch_dir=tmp_path,
            variants=wanted,
            encoders=encoders,
        )
        return fulfil(order, limits)

    return make_all


@pytest.fixture
def make(make_all: MakeAll) -> Make:
    """`make(content, "jpeg", width=10)` is the one variant asked for, as the bytes of its file."""

    def make(content: bytes, image_format: str, *, limits: SourceLimits = LIMITS, **parameters: Any) -> bytes:  # noqa: ANN401 - a transformation's fields
        made = make_all(content, image_format, {"image": parameters}, limits).variants["image"]
        assert isinstance(made, MadeVariant), made
        return made.path.read_bytes()

    return make
