"""`/api-keys`: make, list and revoke the keys of the service."""

import re
from http import HTTPStatus
from typing import Final

import structlog
from flask import Response, request
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from flask_openapi3.types import ResponseDict
from pydantic import BaseModel, Field

from pixelmill.access.keys import ApiKeys
from pixelmill.api import examples
from pixelmill.api.access import caller
from pixelmill.api.json_body import checked, received_json
from pixelmill.api.openapi import Json, json_answer, problem_answers, reference
from pixelmill.api.queries import refuse_parameters
from pixelmill.api.task_responses import json_response
from pixelmill.domain.access import KEY_ID_PATTERN, ApiKey, CreateApiKeyRequest
from pixelmill.domain.errors import (
    ApiKeyNotFound,
    InsufficientScope,
    InvalidRequest,
    MalformedRequest,
    RequestTooLarge,
)

_KEY_ID: Final = re.compile(KEY_ID_PATTERN)

_log = structlog.get_logger()


class CreatedApiKey(ApiKey):
    """A new key, with its text."""

    text: str = Field(description="The key itself, to be sent as a bearer token. It is told here and never again.")


class ApiKeyList(BaseModel):
    """All keys."""

    api_keys: list[ApiKey] = Field(description="Those that were revoked, too; the newest first.")


class ApiKeyPath(BaseModel):
    """The part of the path that names a key."""

    key_id: str = Field(description="As in the list.", json_schema_extra={"pattern": KEY_ID_PATTERN})


_CREATE_BODY: Final[Json] = {
    "required": True,
    "content": {"application/json": {"schema": reference(CreateApiKeyRequest.__name__), "example": {"tenant": "shop"}}},
}
_CREATE_ANSWERS: Final[ResponseDict] = {
    "201": json_answer("The key, and its text.", CreatedApiKey, example=examples.CREATED_API_KEY),
    **problem_answers(InvalidRequest, MalformedRequest, RequestTooLarge),
}
_LIST_ANSWERS: Final[ResponseDict] = {
    "200": json_answer("The keys, without their texts.", ApiKeyList, example={"api_keys": [examples.API_KEY]}),
    **problem_answers(InvalidRequest),
}
_REVOKE_ANSWERS: Final[ResponseDict] = {
    "200": json_answer("The key, revoked.", ApiKey, example=examples.REVOKED_API_KEY),
    **problem_answers(InvalidRequest, ApiKeyNotFound),
}


def api_key_routes(keys: ApiKeys) -> APIBlueprint:
    """The routes of the keys.

    Args:
        keys: Has them.
    """
    tag = Tag(name="API keys", description="Who may use the service, where it asks for keys.")
    routes = APIBlueprint("api_keys", __name__, abp_tags=[tag])

    @routes.post(
        "/api-keys",
        operation_id="create_api_key",
        responses=_CREATE_ANSWERS,
        openapi_extensions={"requestBody": _CREATE_BODY},
    )
    def create_api_key() -> Response:
        """Make a key. It is good at once."""
        refuse_parameters()
        _require_key()
        return _created(*keys.create(checked(CreateApiKeyRequest, received_json(request))))

    @routes.get("/api-keys", operation_id="api_keys", responses=_LIST_ANSWERS)
    def api_keys() -> Response:
        """List all keys that were ever made."""
        refuse_parameters()
        _require_key()
        return json_response(ApiKeyList(api_keys=keys.list_all()))

    @routes.post("/api-keys/<key_id>/revoke", operation_id="revoke_api_key", responses=_REVOKE_ANSWERS)
    def revoke_api_key(path: ApiKeyPath) -> Response:
        """Have a key open nothing any more, within seconds. Revoking it twice is no error."""
        refuse_parameters()
        _require_key()
        key = keys.revoke(path.key_id) if _KEY_ID.fullmatch(path.key_id) else None
        if key is None:
            raise ApiKeyNotFound("No key with this id was made here.")
        _log.info("api_key_revoked", revoked_key_id=key.key_id)
        return json_response(key)

    return routes


def _created(key: ApiKey, text: str) -> Response:
    _log.info("api_key_created", created_key_id=key.key_id, created_for=key.tenant)
    response = json_response(CreatedApiKey(**key.model_dump(), text=text))
    response.status_code = HTTPStatus.CREATED
    response.headers["Cache-Control"] = "no-store"
    return response


def _require_key() -> None:
    """Refuse whoever has no key: a key that anybody made would stay good when the service begins to ask for keys."""
    if caller().key_id is None:
        raise InsufficientScope("This service asks for no keys: only `pixelmill api-keys` makes them.")
