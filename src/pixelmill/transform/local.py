"""Resize one file without any server, in the same sandbox the worker uses."""

from pathlib import Path

from pixelmill.domain.source import ImageFormat
from pixelmill.domain.transformation import Transformation
from pixelmill.settings import TransformSettings
from pixelmill.transform.order import MadeVariant


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
    """
    raise NotImplementedError
