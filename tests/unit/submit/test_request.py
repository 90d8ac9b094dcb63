"""The requests of `POST /queue-task`, and how they are described."""

import pytest
from pydantic import ValidationError

from pixelmill.domain.task import Priority
from pixelmill.domain.transformation import Transformation
from pixelmill.submit.request import QueueTaskRequest, UploadTaskRequest

URL = "https://example.com/a.jpg"


def test_parameters_describe_one_image() -> None:
    """It is named `image`."""
    request = QueueTaskRequest.model_validate({"image_url": URL, "parameters": {"width": 7}})
    assert request.variants == {"image": Transformation(width=7)}
    assert (request.priority, request.refresh) == (Priority.INTERACTIVE, False)


def test_variants_describe_several() -> None:
    """Each under its own name."""
    request = UploadTaskRequest.model_validate({"variants": {"a": {"width": 7}, "b": {"height": 7}}})
    assert request.variants == {"a": Transformation(width=7), "b": Transformation(height=7)}


@pytest.mark.parametrize(
    ("body", "has_markup"),
    [
        ({"parameters": {"width": 7}}, False),
        ({"parameters": {"width": 7}, "markup": False}, False),
        ({"variants": {"a": {"width": 7}}}, False),
        ({"variants": {"a": {"width": 7}}, "markup": False}, False),
        ({"variants": {"a": {"width": 7}}, "markup": True}, True),
        ({"preset": "responsive"}, True),
        ({"preset": "responsive", "markup": True}, True),
        ({"preset": "responsive", "parameters": {"quality": 7}}, True),
    ],
)
def test_sets_may_have_markup(body: dict[str, object], has_markup: bool) -> None:  # noqa: FBT001
    """A preset's always has, variants have it where it is asked for, one image never has."""
    assert UploadTaskRequest.model_validate(body).with_markup is has_markup


def test_the_url_is_normalized_once() -> None:
    """What the rest of the service sees is the normal form."""
    request = QueueTaskRequest.model_validate({"image_url": "HTTPS://EXAMPLE.com:443/a#b", "parameters": {"width": 7}})
    assert request.image_url == "https://example.com/a"


@pytest.mark.parametrize("name", ["", "A", "-a", "a b", "a/b", "../a", "a.b", "ä", "a" * 65])
def test_names_are_fit_for_files(name: str) -> None:
    """A name becomes a part of a path and of a URL."""
    with pytest.raises(ValidationError):
        UploadTaskRequest.model_validate({"variants": {name: {"width": 7}}})


@pytest.mark.parametrize("model", [QueueTaskRequest, UploadTaskRequest])
def test_every_field_is_described(model: type[UploadTaskRequest]) -> None:
    """By its name on the wire."""
    schema = model.model_json_schema()
    described = {"preset", "parameters", "variants", "markup", "priority", "refresh", "webhook_url"}
    assert set(schema["properties"]) - {"image_url"} == described
    assert all(field.get("description") for field in schema["properties"].values())
    assert schema["additionalProperties"] is False
