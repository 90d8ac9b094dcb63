"""The pieces of the OpenAPI document: answers, headers, problems. All of it is made from the models in use."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from typing import Any, Final, TypeAlias

from flask_openapi3.models.info import Info
from flask_openapi3.models.license import License
from flask_openapi3.openapi import OpenAPI
from flask_openapi3.types import ResponseDict
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from pixelmill.api.problems import (
    PROBLEM_MEDIA_TYPE,
    TYPE_PREFIX,
    Problem,
    status_of,
)
from pixelmill.domain.errors import CATALOGUE, InternalError, PixelmillError, RateLimited

Json: TypeAlias = dict[str, Any]
"""A piece of the document. Its values are JSON of any kind."""

DOCUMENT_PATH: Final = "/openapi.json"

INFO: Final = Info(
    title="Pixelmill",
    version=version("pixelmill"),
    license=License(name="MIT", identifier="MIT"),
    summary="Asynchronous image resizing.",
    description=(
        "Hand in an image and the sizes you want, follow the task, fetch the results.\n\n"
        f"Every failure is `{PROBLEM_MEDIA_TYPE}` (RFC 9457) with a stable `code`. Times are RFC 3339, in UTC."
    ),
)

HEADERS: Final[Mapping[str, Json]] = {
    "Location": {"description": "Where the task is followed.", "schema": {"type": "string"}},
    "Retry-After": {"description": "Seconds after which to ask again.", "schema": {"type": "integer"}},
    "ETag": {"description": "Version of the task; send it back as `If-None-Match`.", "schema": {"type": "string"}},
    "Preference-Applied": {"description": "The `Prefer` that was honoured.", "schema": {"type": "string"}},
    "RateLimit-Policy": {
        "description": "The rate limit that the request counts for, where one is set: calls (`q`) in seconds (`w`).",
        "schema": {"type": "string"},
        "example": '"submissions";q=100;w=60',
    },
    "RateLimit": {
        "description": (
            "What is left of it: calls (`r`), and when the window ends or, after 429, when to ask again, in seconds "
            "(`t`)."
        ),
        "schema": {"type": "string"},
        "example": '"submissions";r=50;t=30',
    },
    "Allow": {"description": "The methods of this route.", "schema": {"type": "string"}},
    "X-Request-Id": {"description": "Names this request in the service's logs.", "schema": {"type": "string"}},
}

PREFER_PARAMETER: Final[Json] = {
    "name": "Prefer",
    "in": "header",
    "description": (
        "`wait=N`: answer when the task has ended, at the latest after N seconds (RFC 7240). A preference: the service "
        "waits no longer than it is set to, and not at all when too many wait."
    ),
    "schema": {"type": "string"},
    "example": "wait=10",
}

IF_NONE_MATCH_PARAMETER: Final[Json] = {
    "name": "If-None-Match",
    "in": "header",
    "description": "`ETag` of the version the caller knows; 304 if it is still that.",
    "schema": {"type": "string"},
}

IDEMPOTENCY_KEY_PARAMETER: Final[Json] = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": (
        "A string in quotes that the caller has chosen for this request (draft-ietf-httpapi-idempotency-key-header). "
        "The same request with the same key gets the same answer and does nothing twice, for as long as a result lives."
    ),
    "schema": {"type": "string", "pattern": r'^ *"([ !#-\[\]-~]|\\["\\]){1,255}" *$'},
    "example": '"8e03978e-40d5-43dd-bc93-6894a57f9324"',
}

LAST_EVENT_ID_PARAMETER: Final[Json] = {
    "name": "Last-Event-ID",
    "in": "header",
    "description": "`id` of the last event that was received: only what has changed since is sent.",
    "schema": {"type": "string"},
}

_VARIABLE: Final = re.compile(r"<(\w+)>")

_MORE_PARAMETERS: Final = "x-more-parameters"
"""Where `parameters` leaves them for `document_of`: flask-openapi3 replaces the `parameters` of a route with a path."""


def reference(name: str) -> Json:
    """Refer to a schema of the document."""
    return {"$ref": f"#/components/schemas/{name}"}


def parameters(*described: Json) -> Json:
    """Describe parameters of a request that no model stands for, for the `openapi_extensions` of a route."""
    return {_MORE_PARAMETERS: list(described)}


def headers(*names: str) -> Json:
    """Describe response headers by name."""
    return {name: HEADERS[name] for name in (*names, "X-Request-Id")}


def json_answer(description: str, model: type[BaseModel], *header_names: str, example: Json | None = None) -> Json:
    """Describe an answer with a JSON body."""
    content: Json = {"schema": reference(model.__name__)} | ({"example": example} if example else {})
    return {"description": description, "headers": headers(*header_names), "content": {"application/json": content}}


def problem_answers(*errors: type[PixelmillError]) -> ResponseDict:
    """Describe the problems a route can answer with, by status; nginx can refuse every request, every one can crash.

    What opening a route and counting its requests can end with, `Access` and `RateLimiting` add.
    """
    by_status: defaultdict[str, list[type[PixelmillError]]] = defaultdict(list)
    for error in dict.fromkeys((*errors, RateLimited, InternalError)):
        by_status[str(int(status_of(error)))].append(error)
    return {status: _problem_answer(group) for status, group in by_status.items()}


def add_problems(operation: Json, *errors: type[PixelmillError]) -> None:
    """Describe problems that an operation can answer with besides those it describes."""
    bodies = [answer.get("content", {}).get(PROBLEM_MEDIA_TYPE, {}) for answer in operation["responses"].values()]
    described = [CATALOGUE[code] for body in bodies for code in body.get("examples", {})]
    operation["responses"] |= problem_answers(*described, *errors)


def operations_at(document: Json, rule: str) -> list[Json]:
    """The operations of a route, which Flask knows by this rule; none if they are not described."""
    return list(document["paths"].get(_VARIABLE.sub(r"{\1}", rule), {}).values())


def _problem_answer(errors: list[type[PixelmillError]]) -> Json:
    retry = ["Retry-After"] if any(error.retryable and error is not InternalError for error in errors) else []
    return {
        "description": "; ".join(f"`{error.code}`: {error.title}" for error in errors) + ".",
        "headers": headers(*retry),
        "content": {
            PROBLEM_MEDIA_TYPE: {
                "schema": reference(Problem.__name__),
                "examples": {error.code: {"value": _example_of(error)} for error in errors},
            }
        },
    }


def _example_of(error: type[PixelmillError]) -> Json:
    return {
        "type": TYPE_PREFIX + error.code,
        "title": error.title,
        "status": int(status_of(error)),
        "detail": f"{error.title}.",
        "code": error.code,
        "retryable": error.retryable,
        "errors": [],
        "request_id": "9f2c4e1b7a6d4c3e8f10b2a3c4d5e6f7",
    }


def document_of(
    app: OpenAPI,
    *,
    requests: Iterable[type[BaseModel]],
    answers: Iterable[type[BaseModel]],
    more_schemas: Mapping[str, Json],
) -> Json:
    """The OpenAPI document of an application, with complete schemas.

    flask-openapi3 copies schemas into a model of its own, which drops the keywords it does not know; so the schemas
    of bodies are put in as pydantic makes them.

    Args:
        app: The application, with all the routes to describe.
        requests: Models of request bodies.
        answers: Models of response bodies.
        more_schemas: Schemas that no model stands for, by name.
    """
    document: Json = dict(app.api_doc)
    for operations in document["paths"].values():
        for operation in operations.values():
            operation.setdefault("parameters", []).extend(operation.pop(_MORE_PARAMETERS, []))
    modes: list[tuple[type[BaseModel], JsonSchemaMode]] = [
        *((model, "validation") for model in requests),
        *((model, "serialization") for model in answers),
    ]
    _, definitions = models_json_schema(modes, ref_template=reference("{model}")["$ref"])
    document["components"] = {"schemas": definitions["$defs"] | dict(more_schemas)}
    return document
