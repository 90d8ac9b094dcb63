"""The pipeline: from an order to its variants.

Decode once, shrunk on load as far as every variant allows; scale down the pyramid, each size from the smallest one
that will do; then finish each variant by its steps.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pyvips

from pixelmill.domain.errors import PixelmillError, TaskError, TransformCrashed
from pixelmill.domain.source import ImageFormat
from pixelmill.transform.decode import Header, open_still, open_strip, read_header
from pixelmill.transform.failures import log_exception, source_errors
from pixelmill.transform.formats import SUFFIXES
from pixelmill.transform.geometry import Size
from pixelmill.transform.guard import SourceLimits, check_animation, check_frame
from pixelmill.transform.making import Making, Step, prepare
from pixelmill.transform.order import Made, MadeVariant, Order
from pixelmill.transform.picture import Picture
from pixelmill.transform.pyramid import Level, pyramid, spare_factor
from pixelmill.transform.steps.color import to_srgb, to_working_space
from pixelmill.transform.steps.crop import crop_by_content, crop_by_position
from pixelmill.transform.steps.encode import encode
from pixelmill.transform.steps.flatten import flatten
from pixelmill.transform.steps.grayscale import grayscale
from pixelmill.transform.steps.mirror import mirror
from pixelmill.transform.steps.orient import orient
from pixelmill.transform.steps.pad import pad
from pixelmill.transform.steps.premultiply import premultiply, unpremultiply
from pixelmill.transform.steps.resize import resize

FINISHING_STEPS: Final[tuple[Step, ...]] = (
    orient,
    unpremultiply,
    to_srgb,
    crop_by_content,
    pad,
    flatten,
    grayscale,
)
"""What happens to a variant after it was scaled and cut, in this order."""

Ends = dict[str, MadeVariant | TaskError]
"""How each variant ended, by name."""


def fulfil(order: Order, limits: SourceLimits) -> Made:
    """Make every variant of an order.

    Raises:
        PixelmillError: What is wrong with the source, and so with every variant.
    """
    header = read_header(order.source_path, order.format)
    check_frame(header.stored, limits)
    prepared, ends = _prepare_all(order, header, limits)
    still = [making for making in prepared if not making.is_animated]
    animated = [making for making in prepared if making.is_animated]
    if animated:
        check_animation(header.stored, header.frames, limits)
        ends |= _make_all(animated, _decoded_animation(order, header, animated), order.scratch_dir)
    if still:
        ends |= _make_all(still, _decoded_still(order, header, still), order.scratch_dir)
    in_order = {name: ends[name] for name in order.variants}
    return Made(width=header.upright.width, height=header.upright.height, frames=header.frames, variants=in_order)


def _prepare_all(order: Order, header: Header, limits: SourceLimits) -> tuple[list[Making], Ends]:
    makings: list[Making] = []
    ends: Ends = {}
    for name, transformation in order.variants.items():
        try:
            makings.append(prepare(name, transformation, header=header, image_format=order.format, limits=limits))
        except PixelmillError as error:
            ends[name] = error.as_task_error()
    return makings, ends


def _decoded_still(order: Order, header: Header, makings: list[Making]) -> Picture:
    sizes = {making.plan.scaled for making in makings}
    picture = open_still(order.source_path, order.format, header, spare_factor(header.upright, sizes))
    with source_errors():
        picture = _ready_to_scale(picture, is_scaled=sizes != {header.upright})
        # A source is read from top to bottom, and only once.
        return picture.in_memory() if len(pyramid(sizes)) > 1 else picture


def _decoded_animation(order: Order, header: Header, makings: list[Making]) -> Picture:
    strip = open_strip(order.source_path, order.format, header)
    with source_errors():
        strip = _ready_to_scale(strip, is_scaled={making.plan.scaled for making in makings} != {header.upright})
        return strip.in_memory().split(header.stored.height)


def _ready_to_scale(picture: Picture, *, is_scaled: bool) -> Picture:
    picture = to_working_space(picture)
    return premultiply(picture) if is_scaled else picture


def _make_all(makings: list[Making], picture: Picture, scratch_dir: Path) -> Ends:
    by_size: dict[Size, list[Making]] = {}
    for making in makings:
        by_size.setdefault(making.plan.scaled, []).append(making)
    return {
        making.name: _save(scaled, making, scratch_dir)
        for level in pyramid(by_size)
        for making, scaled in _scale(picture, level, by_size)
    }


def _scale(picture: Picture, level: Level, by_size: dict[Size, list[Making]]) -> Iterator[tuple[Making, Picture]]:
    makings = by_size[level.size]
    with source_errors():
        scaled = resize(picture, level.size)
        if level.smaller or len(makings) > 1:
            scaled = scaled.in_memory()
    for making in makings:
        yield making, scaled
    for smaller in level.smaller:
        yield from _scale(scaled, smaller, by_size)


def _save(scaled: Picture, making: Making, scratch_dir: Path) -> MadeVariant | TaskError:
    with source_errors():
        picture = crop_by_position(mirror(scaled, making), making).in_memory()
    try:
        for step in FINISHING_STEPS:
            picture = step(picture, making)
        data = encode(picture, making.format, making.transformation)
    except pyvips.Error:
        log_exception()
        return TransformCrashed("This variant could not be encoded.").as_task_error()
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
    )


def _frames(path: Path, making: Making) -> int:
    # An encoder of animations may merge frames that are alike: what counts is what the file says.
    return read_header(path, ImageFormat(making.format)).frames if making.is_animated else 1
