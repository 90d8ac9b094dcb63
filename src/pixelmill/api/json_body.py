"""JSON bodies: read within a limit, told apart from what is no JSON, checked by their model."""

import json
from collections import Counter
from typing import Final, TypeVar

from flask import Request
from pydantic import BaseModel, ValidationError
from pydantic_core import from_json
from werkzeug.exceptions import RequestEntityTooLarge

from pixelmill.domain.errors import FieldError, InvalidRequest, MalformedRequest, RequestTooLarge, UnsupportedMediaType
from pixelmill.domain.expectation import shown
from pixelmill.submit.complaints import invalid_request

Model = TypeVar("Model", bound=BaseModel)

MAX_NAME_CHARACTERS: Final = 100
"""Of a name that is repeated in an answer."""

MAX_JSON_BYTES: Final = 256 * 1024
"""Twenty variants with every parameter and the longest URL take a tenth of it."""


def received_json(request: Request) -> bytes:
    """The body of a request with one JSON value. Raises as `received_body`, for `MAX_JSON_BYTES`."""
    return received_body(request, MAX_JSON_BYTES)


def received_body(request: Request, max_bytes: int) -> bytes:
    """The body of a request.

    Raises:
        RequestTooLarge: It has more bytes than it may.
        UnsupportedMediaType: It is compressed, or in another charset than UTF-8.
    """
    refuse_encodings(request)
    too_large = RequestTooLarge(f"The body may have {max_bytes:,} bytes at most.")
    # Werkzeug refuses a length that is announced; of a body without one it silently returns as much as the limit.
    request.max_content_length = max_bytes + 1
    try:
        body = request.get_data(cache=False)
    except RequestEntityTooLarge as error:
        raise too_large from error
    if len(body) > max_bytes:
        raise too_large
    return body


def refuse_encodings(request: Request) -> None:
    """Refuse a body that would have to be read otherwise than byte for byte, as UTF-8: one reading, whoever reads it.

    Raises:
        UnsupportedMediaType: It is compressed, or in another charset.
    """
    coding = request.headers.get("Content-Encoding", "identity")
    if coding.lower() != "identity":
        raise UnsupportedMediaType(f"Expected a body without Content-Encoding, received {shown(coding)}.")
    charset = request.mimetype_params.get("charset", "utf-8")
    if charset.lower() != "utf-8":
        raise UnsupportedMediaType(f"Expected the charset utf-8, received {shown(charset)}.")


def unsupported(request: Request, *media_types: str) -> UnsupportedMediaType:
    """What to raise for a body of another media type than the expected ones."""
    expected = " or ".join(media_types)
    return UnsupportedMediaType(f"Expected {expected}, received {request.mimetype[:100] or 'no content type'}.")


def checked(model: type[Model], text: bytes) -> Model:
    """Parse JSON into a model.

    Raises:
        MalformedRequest: It is empty, not UTF-8 or not JSON; says where.
        InvalidRequest: A name is there twice, or it is not what the model asks for; names every field.
    """
    value = _parsed(text)
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise invalid_request(error, model) from error


def _parsed(text: bytes) -> object:
    if not text.strip():
        raise MalformedRequest("Expected a JSON object, received an empty body.")
    try:
        text.decode()
        value: object = from_json(text, allow_inf_nan=False)
        repeated = _repeated_names(text)
    except UnicodeDecodeError as error:
        raise MalformedRequest(f"Expected UTF-8, received something else at byte {error.start}.") from error
    except ValueError as error:
        raise MalformedRequest(f"Expected JSON: {error}.") from error
    if repeated:
        raise InvalidRequest([FieldError(field=name, detail="expected once, received again") for name in repeated])
    return value


def _repeated_names(text: bytes) -> list[str]:
    """The names that are there more than once in an object of a document: readers differ in which of them counts."""
    repeated: set[str] = set()

    def note(pairs: list[tuple[str, object]]) -> None:
        if len(pairs) > len({name for name, _ in pairs}):
            counts = Counter(name for name, _ in pairs)
            repeated.update(name[:MAX_NAME_CHARACTERS] for name, count in counts.items() if count > 1)

    json.loads(text, object_pairs_hook=note)
    return sorted(repeated)
