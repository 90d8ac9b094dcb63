"""Resize one file without any server, in the same sandbox the worker uses."""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory

from pixelmill.domain.errors import TaskError, error_of
from pixelmill.domain.source import ImageFormat
from pixelmill.domain.transformation import Transformation
from pixelmill.settings import TransformSettings
from pixelmill.transform.order import Made, MadeVariant, Order
from pixelmill.transform.sandbox import Sandbox

_NAME = "image"


def resize_file(
    source: Path,
    destination: Path,
    transformation: Transformation,
    settings: TransformSettings,
    *,
    image_format: ImageFormat,
) -> MadeVariant:
    """Make one variant of a local file and put it at `destination`, whole or not at all.

    Args:
        source: The image.
        destination: Where the variant goes; replaced if it exists. Its suffix decides nothing.
        transformation: What to make.
        settings: Limits, deadline and memory.
        image_format: What the source's first bytes say it is (`pixelmill.fetch.sniff`).

    Raises:
        PixelmillError: Any of the errors of `Sandbox.transform`, or the one that the variant met.
        OSError: The source cannot be read, or the destination not be written.
    """
    # The scratch folder lies beside the destination, so that the variant appears there by a rename.
    with TemporaryDirectory(dir=destination.resolve().parent, prefix=".pixelmill-") as folder:
        order = Order(
            source_path=source.resolve(strict=True),
            format=image_format,
            scratch_dir=Path(folder),
            variants={_NAME: transformation},
        )
        variant = asyncio.run(_transform(order, settings)).variants[_NAME]
        if isinstance(variant, TaskError):
            raise error_of(variant)
        variant.path.replace(destination)
    return variant.model_copy(update={"path": destination})


async def _transform(order: Order, settings: TransformSettings) -> Made:
    async with Sandbox(settings.model_copy(update={"processes": 1}), order.scratch_dir) as sandbox:
        return await sandbox.transform(order)
