"""Fixtures: a sandbox whose child does what an attacker wants."""

import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from pixelmill.domain.source import ImageFormat
from pixelmill.domain.transformation import Transformation
from pixelmill.settings import TransformSettings
from pixelmill.transform import child_handle
from pixelmill.transform.layers.layer import LayerName
from pixelmill.transform.order import MadeVariant, Order
from pixelmill.transform.sandbox import Sandbox
from tests.support import taken_over_child

Attempt = Callable[..., Awaitable[str]]


@pytest.fixture
async def taken_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Sandbox]:
    """Two children, confined like all, that run their sources."""
    monkeypatch.setattr(child_handle, "_COMMAND", (sys.executable, "-E", "-P", taken_over_child.__file__))
    (tmp_path / "scratch").mkdir()
    async with Sandbox(TransformSettings(processes=2), tmp_path / "scratch") as sandbox:
        yield sandbox


@pytest.fixture
def attempt(taken_over: Sandbox, tmp_path: Path) -> Attempt:
    """Runs code in a child and says what came of it; skips where one of the layers that should stop it is missing."""

    async def attempt(code: str, *layers: LayerName) -> str:
        for layer in taken_over.layers:
            if layer.name in layers and not layer.is_active:
                pytest.skip(f"a child's {layer.name.value} cannot be confined here: {layer.says}")
        source, variants = tmp_path / "scratch" / "source", tmp_path / "scratch" / "variants"
        source.write_text(code)
        variants.mkdir()
        order = Order(
            source_path=source,
            format=ImageFormat.PNG,
            scratch_dir=variants,
            variants={"outcome": Transformation(width=1)},
        )
        variant = (await taken_over.transform(order)).variants["outcome"]
        assert isinstance(variant, MadeVariant)
        return variant.path.read_text()

    return attempt
