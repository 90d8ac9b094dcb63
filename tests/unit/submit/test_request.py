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
    described = {"preset", "parameters", "variants", "priority", "refresh", "webhook_url"}
    assert set(schema["properties"]) - {"image_url"} == described
    assert all(field.get("description") for field in schema["properties"].values())
    assert schema["additionalProperties"] is False
