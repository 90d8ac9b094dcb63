"""Say what is wrong with a request, field by field, in words a caller can act on.

pydantic says where and what; the sentences are ours: what was expected, then what was received. What was received is
shown only where it is short and cannot be a secret: never a URL, which may hold credentials.
"""

import json
from collections.abc import Mapping
from typing import Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from pixelmill.domain.errors import FieldError, InvalidRequest
from pixelmill.submit.expectation import expected
from pixelmill.submit.schema import known_names, places, schemas_at

MAX_COMPLAINTS: Final = 20
"""So many say enough; a body can have thousands of unknown fields."""

MAX_SHOWN_CHARACTERS: Final = 64
MAX_SHOWN_BITS: Final = 128
"""Python refuses to write out an integer of more than some 14,000 bits."""

_COUNTED: Final = {"string_too_long": "characters", "too_long": "entries"}


def invalid_request(error: ValidationError) -> InvalidRequest:
    """Turn pydantic's complaint about a model of a request into the catalogue's."""
    details = error.errors(include_url=False)
    complaints = [_complaint(error.title, each) for each in details[:MAX_COMPLAINTS]]
    if len(details) > MAX_COMPLAINTS:
        complaints.append(FieldError(field="", detail=f"and {len(details) - MAX_COMPLAINTS:,} more"))
    return InvalidRequest(complaints)


def _complaint(model: str, details: ErrorDetails) -> FieldError:
    path = places(details["loc"])
    return FieldError(field=".".join(_shown(str(part)) for part in path), detail=_sentence(model, details))


def _sentence(model: str, details: ErrorDetails) -> str:
    kind = details["type"]
    if kind == "value_error":
        return str(details["ctx"]["error"])
    if kind == "missing":
        return "expected a value, received none"
    if kind == "too_short":
        return "expected at least one entry, received none"
    if kind == "extra_forbidden":
        names = known_names(model, details["loc"][:-1])
        return f"unknown field; expected one of {', '.join(names)}" if names else "unknown field"
    received = f"{len(details['input']):,} {_COUNTED[kind]}" if kind in _COUNTED else _received(details["input"])
    return f"expected {expected(details, schemas_at(model, details['loc']))}, received {received}"


def _received(value: object) -> str:
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list):
        return "an array"
    if isinstance(value, int) and value.bit_length() > MAX_SHOWN_BITS:
        return "a huge integer"
    return _shown(json.dumps(value, ensure_ascii=False, default=str))


def _shown(text: str) -> str:
    """A bit of the request, fit to be shown: short, and of characters that do nothing."""
    clipped = text if len(text) <= MAX_SHOWN_CHARACTERS else text[:MAX_SHOWN_CHARACTERS] + "…"
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in clipped)
