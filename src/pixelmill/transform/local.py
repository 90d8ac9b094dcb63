"""Resize one file without any server, in the same sandbox the worker uses."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from pixelmill.domain.errors import TaskError
from pixelmill.domain.source import ImageFormat
from pixelmill.domain.transformation import Transformation
from pixelmill.settings import TransformSettings
from pixelmill.transform.order import Made, MadeVariant, Order
from pixelmill.transform.sandbox import Sandbox


def resize_file(
    source: Path,
    folder: Path,
    variants: Mapping[str, Transformation],
    settings: TransformSettings,
    *,
    image_format: ImageFormat,
) -> dict[str, MadeVariant | TaskError]:
    """Make variants of a local file, each a new file in a folder, or say what keeps one from being made.

    Args:
        source: The image.
        folder: Where the variants go: an empty folder, which the caller removes.
        variants: What to make, by name.
        settings: Limits, deadline and memory.
        image_format: What the source's first bytes say it is (`pixelmill.fetch.sniff`).

    Raises:
        PixelmillError: Any of the errors of `Sandbox.transform`.
        OSError: The source cannot be read.
    """
    order = Order(
        source_path=source.resolve(strict=True),
        format=image_format,
        scratch_dir=folder.resolve(),
        variants=dict(variants),
    )
    return asyncio.run(_transform(order, settings)).variants


async def _transform(order: Order, settings: TransformSettings) -> Made:
    # The child that makes several variants has the cores of those that it leaves idle.
    processes = 1 if len(order.variants) == 1 else settings.processes
    async with Sandbox(settings.model_copy(update={"processes": processes}), order.scratch_dir) as sandbox:
        return await sandbox.transform(order)
