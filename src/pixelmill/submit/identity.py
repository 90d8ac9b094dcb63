"""The identity of a task: requests that ask for the same images get the same id."""

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from pixelmill.domain.source import Source
from pixelmill.domain.transformation import (
    DEFAULT_EFFORT,
    DEFAULT_QUALITY,
    Fit,
    FocalPoint,
    OutputFormat,
    Placeholder,
    RequestedFormat,
    Transformation,
)

RECIPE_VERSION: Final = 1
"""Raised when the engine makes other bytes from the same request: old results then no longer answer new requests."""

TASK_ID_DIGITS: Final = 32
"""128 bits of SHA-256: two requests that differ share an id as often as two random UUIDs do."""


def task_id_of(
    source: Source, variants: Mapping[str, Transformation], tenant: str | None = None, *, with_markup: bool = False
) -> str:
    """The id of the task that makes these variants of this source for this tenant: 32 hex digits.

    What is asked counts, not how: neither the order of names and parameters, nor whether a default is written out,
    nor a parameter that changes nothing. The names of the variants count: they name the results. Of a preset, only
    what it stands for counts, and that the result has markup.
    """
    form: dict[str, Any] = {
        "recipe": RECIPE_VERSION,
        "tenant": tenant or "",
        "source": source.identity,
        "variants": {name: canonical_form(transformation) for name, transformation in variants.items()},
    }
    if with_markup:
        form["markup"] = True  # said only here: the ids of all other tasks stay what they were
    text = json.dumps(form, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:TASK_ID_DIGITS]


def canonical_form(transformation: Transformation) -> dict[str, Any]:
    """One form for all transformations that make the same image, whatever the source is.

    It holds what differs from the defaults: parameters of later releases then leave the ids of earlier ones alone.
    """
    return canonical(transformation).model_dump(mode="json", exclude_defaults=True)


def canonical(transformation: Transformation) -> Transformation:
    """The one among all transformations that make the same image which says least."""
    names = {name for name, changes_nothing in _CHANGES_NOTHING.items() if changes_nothing(transformation)}
    defaults = {name: Transformation.model_fields[name].default for name in names}
    numbers = {
        "width": transformation.pixel_width,
        "height": transformation.pixel_height,
        "dpr": 1.0,
        "rotate": transformation.degrees,
    }
    return transformation.model_copy(update=numbers | defaults)


def _fits_by_scale_alone(transformation: Transformation) -> bool:
    """Whether there is nothing to crop or to pad: one side is given, the other follows, and no limit holds it back."""
    has_one_side = transformation.width is None or transformation.height is None
    is_limited = transformation.without_enlargement or transformation.without_reduction
    return has_one_side and not is_limited and transformation.fit is not Fit.FILL


def _background_shows(transformation: Transformation) -> bool:
    keeps_transparency = transformation.format not in {"jpeg", "source"}
    has_bars = transformation.fit is Fit.CONTAIN and not _fits_by_scale_alone(transformation)
    has_corners = transformation.degrees % 90 != 0
    is_opaque = not keeps_transparency or transformation.placeholder is Placeholder.BLURHASH
    return has_bars or has_corners or is_opaque


def _is_default(value: int | None, wanted_format: RequestedFormat, defaults: Mapping[OutputFormat, int]) -> bool:
    return wanted_format != "source" and value == defaults.get(OutputFormat(wanted_format))


_CHANGES_NOTHING: Final[dict[str, Callable[[Transformation], bool]]] = {
    "fit": _fits_by_scale_alone,
    "position": lambda wanted: _fits_by_scale_alone(wanted) or wanted.position == FocalPoint(x=0.5, y=0.5),
    "background": lambda wanted: not _background_shows(wanted),
    "quality": lambda wanted: _is_default(wanted.quality, wanted.format, DEFAULT_QUALITY),
    "effort": lambda wanted: _is_default(wanted.effort, wanted.format, DEFAULT_EFFORT),
}
"""When a parameter may as well be left out."""
