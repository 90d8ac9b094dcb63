"""The JSON schemas of the requests, as far as complaints need them."""

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from pixelmill.submit.request import QueueTaskRequest, UploadTaskRequest

Schema = dict[str, Any]

_MODELS: Final = {model.__name__: model for model in (QueueTaskRequest, UploadTaskRequest)}


def schema_at(model: str, path: Sequence[str | int]) -> Schema | None:
    """The schema of one field of a request, by the name of the request's model; None if there is none."""
    root = _root(model)
    node = _resolved(root, root)
    for part in path:
        child = node.get("properties", {}).get(part) or _entry(node)
        if child is None:
            return None
        node = _resolved(child, root)
    return node


def known_names(model: str, path: Sequence[str | int]) -> list[str]:
    """The fields that an object in a request may have."""
    node = schema_at(model, path)
    return list(node.get("properties", {})) if node else []


def _entry(node: Schema) -> Schema | None:
    """The schema of every entry of an object whose names are free, but for a pattern."""
    return next(iter(node.get("patternProperties", {}).values()), None)


@cache
def _root(model: str) -> Schema:
    return _MODELS[model].model_json_schema() if model in _MODELS else {}


def _resolved(node: Schema, root: Schema) -> Schema:
    """Follow references, and pass by the `null` of an optional field."""
    while True:
        if "$ref" in node:
            node = root["$defs"][node["$ref"].rpartition("/")[2]]
        elif "anyOf" in node:
            node = next(choice for choice in node["anyOf"] if choice.get("type") != "null")
        else:
            return node
