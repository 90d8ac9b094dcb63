"""A request may name a set of variants instead of spelling them out."""

from typing import Any

import pytest

from pixelmill.domain.errors import FieldError, InvalidRequest
from pixelmill.domain.preset import BUILT_IN
from pixelmill.domain.transformation import FocalPoint, Transformation
from pixelmill.submit.presets import Presets
from pixelmill.submit.request import UploadTaskRequest

AVATAR = {
    "small": Transformation(width=48, height=48, format="webp"),
    "large": Transformation(width=192, height=192, format="png"),
}
PRESETS = Presets({"avatar": AVATAR})


def variants_of(**body: Any) -> dict[str, Transformation]:  # noqa: ANN401 - whatever a request has
    return PRESETS.variants_of(UploadTaskRequest.model_validate(body))


def complaints(**body: Any) -> list[FieldError]:  # noqa: ANN401 - as above
    with pytest.raises(InvalidRequest) as refusal:
        variants_of(**body)
    return refusal.value.errors


def test_responsive_is_five_widths_in_three_formats() -> None:
    """The best format first, none larger than its source."""
    wanted = [
        (f"{name}-{width}", Transformation(width=width, format=name, without_enlargement=True))
        for name in ("avif", "webp", "jpeg")
        for width in (320, 640, 960, 1280, 1920)
    ]

    assert list(variants_of(preset="responsive").items()) == wanted


def test_an_operator_has_sets_of_their_own() -> None:
    """Beside the built-in one, or in its place."""
    assert variants_of(preset="avatar") == AVATAR
    replaced = Presets({"responsive": AVATAR})
    assert replaced.variants_of(UploadTaskRequest(preset="responsive")) == AVATAR


def test_without_a_preset_nothing_is_added() -> None:
    """What is spelled out is what is made."""
    assert variants_of(parameters={"width": 7}) == {"image": Transformation(width=7)}


def test_parameters_beside_a_preset_are_for_every_variant() -> None:
    """What the set does not say itself, the request may."""
    shared = {"position": {"x": 0.25, "y": 0.5}, "grayscale": True}

    made = variants_of(preset="avatar", parameters=shared)

    point = FocalPoint(x=0.25, y=0.5)
    assert made == {
        "small": Transformation(width=48, height=48, format="webp", position=point, grayscale=True),
        "large": Transformation(width=192, height=192, format="png", position=point, grayscale=True),
    }


def test_no_parameters_are_as_none_at_all() -> None:
    """An empty object, or null."""
    assert variants_of(preset="avatar", parameters={}) == variants_of(preset="avatar", parameters=None) == AVATAR


def test_an_unknown_preset_is_refused_with_those_that_exist() -> None:
    """So that a slip of the pen is found at once."""
    assert complaints(preset="reponsive") == [
        FieldError(field="preset", detail='expected avatar or responsive, received "reponsive"')
    ]


@pytest.mark.parametrize("name", ["width", "height", "dpr", "format"])
def test_sizes_and_formats_are_the_sets(name: str) -> None:
    """A height for five widths would crop them all differently."""
    value = "webp" if name == "format" else 2

    assert complaints(preset="responsive", parameters={name: value, "quality": 70}) == [
        FieldError(field=f"parameters.{name}", detail="expected none beside preset responsive, which has its own")
    ]


def test_what_a_set_says_is_not_overruled() -> None:
    """Neither of the two is silently ignored."""
    [complaint] = complaints(preset="responsive", parameters={"without_enlargement": False})

    assert complaint.field == "parameters.without_enlargement"


def test_a_parameter_has_to_go_with_every_variant() -> None:
    """The first one that it does not go with is named."""
    assert complaints(preset="responsive", parameters={"lossless": True}) == [
        FieldError(
            field="parameters",
            detail="lossless has no meaning with format jpeg; expected webp or avif "
            "(in variant jpeg-320 of preset responsive)",
        )
    ]


def test_a_built_in_set_is_never_changed() -> None:
    """What one request makes of it is that request's."""
    before = dict(BUILT_IN["responsive"])
    variants_of(preset="responsive", parameters={"quality": 3})
    assert BUILT_IN["responsive"] == before
