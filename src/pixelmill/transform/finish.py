"""Finish: from the scaled picture to the file of one variant."""

import hashlib
from pathlib import Path
from typing import Final

import pyvips

from pixelmill.domain.errors import MaxBytesNotMet, TaskError, TransformCrashed
from pixelmill.domain.source import ImageFormat
from pixelmill.transform.decode import SourceFile, read_header
from pixelmill.transform.failures import log_exception, source_errors
from pixelmill.transform.formats import SUFFIXES
from pixelmill.transform.making import Making, Step
from pixelmill.transform.order import MadeVariant
from pixelmill.transform.picture import Picture
from pixelmill.transform.steps.blur import blur
from pixelmill.transform.steps.color import to_srgb
from pixelmill.transform.steps.crop import crop_by_content, crop_by_position
from pixelmill.transform.steps.flatten import flatten
from pixelmill.transform.steps.grayscale import grayscale
from pixelmill.transform.steps.keep_metadata import keep_metadata
from pixelmill.transform.steps.mirror import mirror
from pixelmill.transform.steps.orient import orient
from pixelmill.transform.steps.pad import pad
from pixelmill.transform.steps.placeholder import placeholder
from pixelmill.transform.steps.premultiply import unpremultiply
from pixelmill.transform.steps.sharpen import sharpen
from pixelmill.transform.steps.squeeze import squeeze

FINISHING_STEPS: Final[tuple[Step, ...]] = (
    orient,
    unpremultiply,
    to_srgb,
    crop_by_content,
    pad,
    flatten,
    grayscale,
    blur,
    sharpen,
    keep_metadata,
)
"""What happens to a variant after it was scaled and cut, in this order."""


def finish(scaled: Picture, making: Making, scratch_dir: Path) -> MadeVariant | TaskError:
    """Make a variant of the scaled picture and write it, or say what went wrong with this variant alone.

    Raises:
        PixelmillError: What is wrong with the source, and shows only now.
    """
    with source_errors():
        picture = crop_by_position(mirror(scaled.first(making.frames), making), making).in_memory()
    try:
        for step in FINISHING_STEPS:
            picture = step(picture, making)
        if making.transformation.placeholder or making.transformation.max_bytes:
            picture = picture.in_memory()  # it is read more than once
        data, hint = squeeze(picture, making), placeholder(picture, making)
    except MaxBytesNotMet as error:
        return error.as_task_error()
    except pyvips.Error:
        log_exception()
        return TransformCrashed("This variant could not be encoded.").as_task_error()
    return _written(data, making, scratch_dir, hint)


def _written(data: bytes, making: Making, scratch_dir: Path, hint: str | None) -> MadeVariant:
    path = scratch_dir / f"{making.name}{SUFFIXES[making.format]}"
    path.write_bytes(data)
    return MadeVariant(
        path=path,
        format=making.format,
        width=making.plan.output.width,
        height=making.plan.output.height,
        frames=_frames(path, making),
        bytes=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        placeholder=hint,
    )


def _frames(path: Path, making: Making) -> int:
    # An encoder of animations may merge frames that are alike: what counts is what the file says.
    return read_header(SourceFile(path, ImageFormat(making.format))).frames if making.frames > 1 else 1
