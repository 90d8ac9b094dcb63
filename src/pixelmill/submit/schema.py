"""The JSON schemas of the requests, as far as complaints need them."""

from collections.abc import Sequence
from functools import cache
from typing import Final

from pydantic import BaseModel

from pixelmill.domain.expectation import Schema

Model = type[BaseModel]

_MARKS: Final = {"[key]", "[name]", "[number]", "[point]"}
"""What a path of pydantic's has beside the names of fields: that the name of an entry is meant, and which of the kinds
that a field may have is."""


def places(path: Sequence[str | int]) -> list[str | int]:
    """A path of pydantic's without its marks: the names a caller knows."""
    return [part for part in path if part not in _MARKS]


def schemas_at(model: Model, path: Sequence[str | int]) -> list[Schema]:
    """The schemas of all the kinds that a field may have; empty if there is no such field.

    Args:
        model: Of the request.
        path: Where the field is, as pydantic tells it.
    """
    root = _root(model)
    nodes = _kinds(root, root)
    for part in places(path):
        children = [node.get("properties", {}).get(part) or _entry(node) for node in nodes]
        nodes = [kind for child in children if child is not None for kind in _kinds(child, root)]
    return nodes


def known_names(model: Model, path: Sequence[str | int]) -> list[str]:
    """The fields that an object in a request may have."""
    return [name for node in schemas_at(model, path) for name in node.get("properties", {})]


def _entry(node: Schema) -> Schema | None:
    """The schema of every entry of an object whose names are free, but for a pattern."""
    return next(iter(node.get("patternProperties", {}).values()), None)


@cache
def _root(model: Model) -> Schema:
    return model.model_json_schema()


def _kinds(node: Schema, root: Schema) -> list[Schema]:
    """Follow references, and pass by the `null` of an optional field."""
    if "$ref" in node:
        return _kinds(root["$defs"][node["$ref"].rpartition("/")[2]], root)
    choices = node.get("anyOf") or node.get("oneOf")
    if choices is None:
        return [node]
    return [kind for choice in choices if choice.get("type") != "null" for kind in _kinds(choice, root)]
