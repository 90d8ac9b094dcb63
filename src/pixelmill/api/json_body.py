"""JSON bodies: read within a limit, told apart from what is no JSON, checked by their model."""

from typing import Final, TypeVar

from flask import Request
from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

from pixelmill.domain.errors import MalformedRequest
from pixelmill.submit.complaints import invalid_request

Model = TypeVar("Model", bound=BaseModel)

MAX_JSON_BYTES: Final = 256 * 1024
"""Twenty variants with every parameter and the longest URL take a tenth of it."""


def received_json(request: Request) -> bytes:
    """The body of a request, at most `MAX_JSON_BYTES` of it; werkzeug answers a longer one with 413."""
    request.max_content_length = MAX_JSON_BYTES
    return request.get_data(cache=False)


def checked(model: type[Model], text: bytes) -> Model:
    """Parse JSON into a model.

    Raises:
        MalformedRequest: It is empty, not UTF-8 or not JSON; says where.
        InvalidRequest: It is not what the model asks for; names every field.
    """
    value = _parsed(text)
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise invalid_request(error) from error


def _parsed(text: bytes) -> object:
    if not text.strip():
        raise MalformedRequest("Expected a JSON object, received an empty body.")
    try:
        text.decode()
        value: object = from_json(text, allow_inf_nan=False)
    except UnicodeDecodeError as error:
        raise MalformedRequest(f"Expected UTF-8, received something else at byte {error.start}.") from error
    except ValueError as error:
        raise MalformedRequest(f"Expected JSON: {error}.") from error
    return value
