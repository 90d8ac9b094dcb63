"""Which parameters go together: a combination that makes no sense is refused by name, never ignored."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from pixelmill.domain.limits import MAX_OUTPUT_PIXELS, MAX_SIDE_PIXELS

if TYPE_CHECKING:
    from pixelmill.domain.transformation import Transformation

_EFFORTS: Final = {"webp": range(7), "avif": range(10), "gif": range(1, 11)}
"""How hard an encoder can try: sharp's bounds. What is not in here tries the same always."""


def complaints_about(wanted: "Transformation") -> Iterator[str]:
    """What keeps the parameters of a transformation, each right by itself, from going together."""
    yield from _about_size(wanted)
    yield from _about_position(wanted)
    yield from _about_encoding(wanted)


def _about_size(wanted: "Transformation") -> Iterator[str]:
    width, height = wanted.pixel_width, wanted.pixel_height
    times_dpr = "" if wanted.dpr == 1 else " after dpr"
    if width is None and height is None:
        yield "expected width, height or both"
    if max(width or 0, height or 0) > MAX_SIDE_PIXELS:
        yield f"expected width and height of at most {MAX_SIDE_PIXELS} pixels{times_dpr}"
    if width and height and width * height > MAX_OUTPUT_PIXELS:
        yield f"expected width x height of at most {MAX_OUTPUT_PIXELS:,} pixels{times_dpr}"


def _about_position(wanted: "Transformation") -> Iterator[str]:
    if wanted.position == "center" or wanted.fit == "cover":
        return
    if wanted.fit != "contain":
        yield f"position has no meaning with fit {wanted.fit.value}; expected cover or contain"
    elif not isinstance(wanted.position, str):
        yield "a focal point as position has a meaning with fit cover only"
    elif wanted.position.is_by_content:
        yield f"position {wanted.position.value} has a meaning with fit cover only"


def _about_encoding(wanted: "Transformation") -> Iterator[str]:
    if wanted.frames != "all" and wanted.format in {"jpeg", "png", "avif"}:
        yield f"frames has no meaning with format {wanted.format}, which is a still"
    if wanted.quality is not None and wanted.format in {"png", "gif"}:
        yield f"quality has no meaning with format {wanted.format}"
    if wanted.lossless and wanted.format not in {"webp", "avif"}:
        yield f"lossless has no meaning with format {wanted.format}; expected webp or avif"
    if wanted.lossless and wanted.quality is not None:
        yield "expected one of lossless and quality"
    if wanted.keep_metadata != "none" and wanted.format == "gif":
        yield "keep_metadata has no meaning with format gif, which holds none"
    if wanted.max_bytes is not None and wanted.format in {"png", "gif"}:
        yield f"max_bytes has no meaning with format {wanted.format}, which has no quality to lower"
    if wanted.max_bytes is not None and wanted.lossless:
        yield "expected one of lossless and max_bytes"
    if wanted.effort is not None:
        yield from _about_effort(wanted.effort, wanted.format)


def _about_effort(effort: int, wanted_format: str) -> Iterator[str]:
    bounds = _EFFORTS.get(wanted_format)
    if bounds is None:
        yield f"effort has no meaning with format {wanted_format}; expected {' or '.join(_EFFORTS)}"
    elif effort not in bounds:
        yield f"expected effort from {bounds[0]} to {bounds[-1]} with format {wanted_format}"
