"""The query of `GET /resize`, as it arrives and as the OpenAPI document describes it."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from flask import request
from pydantic import ValidationError

from pixelmill.api.openapi import Json
from pixelmill.api.queries import refuse_repeated_parameters
from pixelmill.submit.complaints import invalid_request
from pixelmill.submit.resize_request import ResizeRequest

_WRITTEN_WITH_COMMAS: Final[Mapping[str, Json]] = {
    "crop": {"type": "string", "pattern": r"^\d+,\d+,\d+,\d+$"},
    "position": {"type": "string"},
}
"""What a query holds in place of an object."""


def received_resize_request() -> ResizeRequest:
    """The query of the current request.

    Raises:
        InvalidRequest: It is not what the model asks for; names every parameter.
    """
    refuse_repeated_parameters()
    try:
        return ResizeRequest.model_validate(request.args.to_dict())
    except ValidationError as error:
        raise invalid_request(error, ResizeRequest) from error


def query_parameters() -> Iterator[Json]:
    """Describe every parameter of the query."""
    schema = ResizeRequest.model_json_schema()
    for name, described in schema["properties"].items():
        yield {
            "name": name,
            "in": "query",
            "required": name in schema["required"],
            "description": described["description"],
            "schema": _WRITTEN_WITH_COMMAS.get(name) or _inlined(described, schema["$defs"]),
        }


def _inlined(node: Mapping[str, Any], definitions: Mapping[str, Json]) -> Json:
    """A schema without references, and without what a query cannot hold."""
    if "$ref" in node:
        return _inlined(definitions[node["$ref"].rpartition("/")[2]], definitions)
    choices = [choice for key in ("anyOf", "oneOf") for choice in node.get(key, ()) if choice.get("type") != "null"]
    if len(choices) == 1:
        return _inlined(choices[0], definitions)
    if choices:
        return {"anyOf": [_inlined(choice, definitions) for choice in choices]}
    return {key: value for key, value in node.items() if key not in {"title", "default", "description"}}
