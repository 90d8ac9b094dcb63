"""The presets a service knows, and what a request makes of one."""

from collections.abc import Iterable, Mapping
from typing import Final

from pydantic import ValidationError

from pixelmill.domain.errors import FieldError, InvalidRequest
from pixelmill.domain.preset import BUILT_IN, Preset, extended
from pixelmill.domain.transformation import Transformation
from pixelmill.submit.request import UploadTaskRequest

_OF_THE_SET: Final = frozenset({"width", "height", "dpr", "format"})
"""What a set is there to say, whether its variants say all of it or not."""


class Presets:
    """The sets that requests may name.

    Args:
        own: The operator's; one of them may take the place of a built-in one.
    """

    def __init__(self, own: Mapping[str, Preset]) -> None:
        self._sets = BUILT_IN | dict(own)

    @property
    def sets(self) -> dict[str, Preset]:
        """All of them, by name."""
        return dict(self._sets)

    def variants_of(self, request: UploadTaskRequest) -> dict[str, Transformation]:
        """What to make, by name.

        Raises:
            InvalidRequest: There is no such preset, or the parameters of the request do not go with it.
        """
        if request.preset is None:
            return request.variants
        preset = self._sets.get(request.preset)
        if preset is None:
            known = " or ".join(sorted(self._sets))
            raise InvalidRequest([FieldError(field="preset", detail=f'expected {known}, received "{request.preset}"')])
        if request.parameters is None:
            return preset
        _check(request.parameters.model_fields_set, request.preset, preset.values())
        return {name: _extended(name, each, request) for name, each in preset.items()}


def _check(given: Iterable[str], name: str, variants: Iterable[Transformation]) -> None:
    taken = _OF_THE_SET.union(*(variant.model_fields_set for variant in variants))
    detail = f"expected none beside preset {name}, which has its own"
    if complaints := [
        FieldError(field=f"parameters.{each}", detail=detail) for each in sorted(taken.intersection(given))
    ]:
        raise InvalidRequest(complaints)


def _extended(name: str, variant: Transformation, request: UploadTaskRequest) -> Transformation:
    assert request.parameters is not None  # noqa: S101 - checked by the caller
    try:
        return extended(variant, request.parameters)
    except ValidationError as error:
        [complaint] = error.errors()
        detail = f"{complaint['ctx']['error']} (in variant {name} of preset {request.preset})"
        raise InvalidRequest([FieldError(field="parameters", detail=detail)]) from error
