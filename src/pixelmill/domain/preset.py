"""Presets: sets of variants that a request names instead of spelling them out."""

from typing import Annotated, Final, Self

from pydantic import Field, model_validator

from pixelmill.domain.limits import MAX_VARIANTS
from pixelmill.domain.task import VARIANT_NAME_PATTERN, VariantName
from pixelmill.domain.transformation import Transformation

PresetName = Annotated[str, Field(pattern=VARIANT_NAME_PATTERN)]
Preset = Annotated[dict[VariantName, Transformation], Field(min_length=1, max_length=MAX_VARIANTS)]
"""The variants of a set, by name."""

RESPONSIVE_WIDTHS: Final = (320, 640, 960, 1280, 1920)
"""Phones to desktops, also with two pixels for one: about half as much again from each to the next."""

RESPONSIVE_FORMATS: Final = ("avif", "webp", "jpeg")

BUILT_IN: Final[dict[str, Preset]] = {
    "responsive": {
        f"{name}-{width}": Transformation(width=width, format=name, without_enlargement=True)
        for name in RESPONSIVE_FORMATS
        for width in RESPONSIVE_WIDTHS
    }
}
"""The sets that are always there."""


class SharedParameters(Transformation):
    """Parameters for every variant of a preset. What of them goes together shows only with each variant's own."""

    @model_validator(mode="after")
    def _check_combination(self) -> Self:
        return self


def extended(variant: Transformation, shared: Transformation) -> Transformation:
    """A variant of a preset with the parameters that a request has for all of them.

    Raises:
        pydantic.ValidationError: They do not go together.
    """
    own, more = (given.model_dump(exclude_unset=True) for given in (variant, shared))
    return Transformation.model_validate(more | own)
