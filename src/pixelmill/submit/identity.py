"""The identity of a task: requests that ask for the same images get the same id."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from pixelmill.domain.source import Source
from pixelmill.domain.transformation import DEFAULT_QUALITY, Fit, OutputFormat, Position, Transformation

RECIPE_VERSION: Final = 1
"""Raised when the engine makes other bytes from the same request: old results then no longer answer new requests."""

TASK_ID_DIGITS: Final = 32
"""128 bits of SHA-256: two requests that differ share an id as often as two random UUIDs do."""


def task_id_of(source: Source, variants: Mapping[str, Transformation], tenant: str = "") -> str:
    """The id of the task that makes these variants of this source for this tenant: 32 hex digits.

    What is asked counts, not how: neither the order of names and parameters, nor whether a default is written out,
    nor a parameter that changes nothing. The names of the variants count: they name the results.
    """
    form = {
        "recipe": RECIPE_VERSION,
        "tenant": tenant,
        "source": source.identity,
        "variants": {name: canonical_form(transformation) for name, transformation in variants.items()},
    }
    text = json.dumps(form, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:TASK_ID_DIGITS]


def canonical_form(transformation: Transformation) -> dict[str, Any]:
    """One form for all transformations that make the same image, whatever the source is."""
    form = transformation.model_dump(mode="json")
    if _fits_by_scale_alone(transformation):
        form |= {"fit": Fit.COVER.value, "position": Position.CENTER.value}
    if transformation.format not in {"jpeg", "source"} and form["fit"] != Fit.CONTAIN:
        del form["background"]  # the format keeps transparency, and there are no bars to fill
    if transformation.format != "source" and transformation.quality is None:
        form["quality"] = DEFAULT_QUALITY.get(OutputFormat(transformation.format))
    return form


def _fits_by_scale_alone(transformation: Transformation) -> bool:
    """Whether there is nothing to crop or to pad: one side is given, the other follows, and no limit holds it back."""
    has_one_side = transformation.width is None or transformation.height is None
    is_limited = transformation.without_enlargement or transformation.without_reduction
    return has_one_side and not is_limited and transformation.fit is not Fit.FILL
