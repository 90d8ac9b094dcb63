"""Problem details (RFC 9457): how an error of the catalogue looks on the wire. The one home of their HTTP statuses."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

import structlog
from flask import Flask, Response, g
from pydantic import BaseModel, ConfigDict, Field
from werkzeug.exceptions import HTTPException
from werkzeug.exceptions import MethodNotAllowed as WerkzeugMethodNotAllowed

from pixelmill.domain.errors import (
    Fault,
    FieldError,
    InternalError,
    InvalidRequest,
    MalformedRequest,
    MethodNotAllowed,
    PixelmillError,
    RouteNotFound,
    UnsupportedMediaType,
)
from pixelmill.domain.task import Task, is_none

PROBLEM_MEDIA_TYPE: Final = "application/problem+json"
TYPE_PREFIX: Final = "urn:pixelmill:problem:"

DEFAULT_RETRY_AFTER_SECONDS: Final = 2
"""Told with a passing error that does not know better: by then a server that was restarted is back."""

STATUSES: Final[Mapping[str, HTTPStatus]] = {
    "invalid_request": HTTPStatus.UNPROCESSABLE_ENTITY,
    "malformed_request": HTTPStatus.BAD_REQUEST,
    "request_too_large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "unsupported_media_type": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "idempotency_key_reused": HTTPStatus.UNPROCESSABLE_ENTITY,
    "idempotency_key_in_use": HTTPStatus.CONFLICT,
    "route_not_found": HTTPStatus.NOT_FOUND,
    "method_not_allowed": HTTPStatus.METHOD_NOT_ALLOWED,
    "api_key_required": HTTPStatus.UNAUTHORIZED,
    "invalid_api_key": HTTPStatus.UNAUTHORIZED,
    "insufficient_scope": HTTPStatus.FORBIDDEN,
    "foreign_request": HTTPStatus.FORBIDDEN,
    "api_key_not_found": HTTPStatus.NOT_FOUND,
    "invalid_signature": HTTPStatus.FORBIDDEN,
    "signature_expired": HTTPStatus.FORBIDDEN,
    "rate_limited": HTTPStatus.TOO_MANY_REQUESTS,
    "too_many_submissions": HTTPStatus.TOO_MANY_REQUESTS,
    "too_many_reads": HTTPStatus.TOO_MANY_REQUESTS,
    "task_not_found": HTTPStatus.NOT_FOUND,
    "task_expired": HTTPStatus.GONE,
    "delivery_not_found": HTTPStatus.NOT_FOUND,
    "task_interrupted": HTTPStatus.SERVICE_UNAVAILABLE,
    "task_finished": HTTPStatus.CONFLICT,
    "not_a_dead_letter": HTTPStatus.CONFLICT,
    "queue_full": HTTPStatus.SERVICE_UNAVAILABLE,
    "queue_unavailable": HTTPStatus.SERVICE_UNAVAILABLE,
    "too_many_streams": HTTPStatus.SERVICE_UNAVAILABLE,
    "too_many_uploads": HTTPStatus.SERVICE_UNAVAILABLE,
    "too_many_exports": HTTPStatus.SERVICE_UNAVAILABLE,
    "store_unavailable": HTTPStatus.SERVICE_UNAVAILABLE,
    "trail_unavailable": HTTPStatus.SERVICE_UNAVAILABLE,
    "api_keys_unavailable": HTTPStatus.SERVICE_UNAVAILABLE,
    "service_unavailable": HTTPStatus.SERVICE_UNAVAILABLE,
    "result_pending": HTTPStatus.SERVICE_UNAVAILABLE,
    "internal_error": HTTPStatus.INTERNAL_SERVER_ERROR,
}
"""The status of every error that ends a request. The others end a task, and are shown in it; where a request stands for
its task, as with `/resize`, their status follows from whose fault they are."""

_STATUS_BY_FAULT: Final[Mapping[Fault, HTTPStatus]] = {
    Fault.CALLER: HTTPStatus.UNPROCESSABLE_ENTITY,
    Fault.SOURCE: HTTPStatus.UNPROCESSABLE_ENTITY,
    Fault.SERVICE: HTTPStatus.INTERNAL_SERVER_ERROR,
}

CHALLENGES: Final[Mapping[str, str]] = {
    "api_key_required": 'Bearer realm="pixelmill"',
    "invalid_api_key": 'Bearer realm="pixelmill", error="invalid_token"',
    "insufficient_scope": 'Bearer realm="pixelmill", error="insufficient_scope"',
}
"""`WWW-Authenticate` of those who could do better with another key (RFC 6750, 3)."""

_log = structlog.get_logger()


class Problem(BaseModel):
    """Why a request was refused or could not be answered."""

    model_config = ConfigDict(frozen=True)

    type: str = Field(description="`code` as a URI.", examples=[f"{TYPE_PREFIX}task_not_found"])
    title: str = Field(description="The kind of the problem in words.")
    status: int = Field(description="The HTTP status of the answer.", examples=[404])
    detail: str = Field(description="What happened this time, and what to do about it.")
    code: str = Field(description="Stable, machine-readable kind of the problem.", examples=["task_not_found"])
    retryable: bool = Field(description="Whether the same request may succeed later.")
    errors: list[FieldError] = Field(default=[], description="Every refused field, for `invalid_request`.")
    request_id: str = Field(description="Names this request in the logs of the service; also in `X-Request-Id`.")
    task: Task | None = Field(
        default=None,
        exclude_if=is_none,
        description="The task it is about: one that has expired, was interrupted, or cannot be changed.",
    )
    checks: dict[str, str] | None = Field(
        default=None, exclude_if=is_none, description="For `/ready`: the state of each server."
    )


def status_of(error: type[PixelmillError] | PixelmillError) -> HTTPStatus:
    """The HTTP status an error answers with."""
    return STATUSES.get(error.code, _STATUS_BY_FAULT[error.fault])


def retry_after_seconds_of(error: PixelmillError) -> int | None:
    """When the same request may be sent again; None where that would change nothing, or nobody knows."""
    if not error.retryable or status_of(error) is HTTPStatus.INTERNAL_SERVER_ERROR:
        return None
    return error.retry_after_seconds or DEFAULT_RETRY_AFTER_SECONDS


def problem_of(error: PixelmillError) -> Problem:
    """What an error of the catalogue is called in the answer to the current request."""
    return Problem(
        type=TYPE_PREFIX + error.code,
        title=error.title,
        status=status_of(error),
        detail=error.detail,
        code=error.code,
        retryable=error.retryable,
        errors=error.errors if isinstance(error, InvalidRequest) else [],
        request_id=g.request_id,
    )


def problem_response(
    error: PixelmillError, *, task: Task | None = None, checks: dict[str, str] | None = None
) -> Response:
    """Turn an error of the catalogue into the answer to the current request.

    Args:
        error: What went wrong.
        task: The task it is about, as far as it is known.
        checks: The state of each server, for the readiness check.
    """
    status = status_of(error)
    problem = problem_of(error).model_copy(update={"task": task, "checks": checks})
    response = Response(problem.model_dump_json(), status=status, content_type=PROBLEM_MEDIA_TYPE)
    response.headers["Cache-Control"] = "no-store"
    if error.code in CHALLENGES:
        response.headers["WWW-Authenticate"] = CHALLENGES[error.code]
    retry_after_seconds = retry_after_seconds_of(error)
    if retry_after_seconds is not None:
        response.headers["Retry-After"] = str(retry_after_seconds)
    return response


def answer_errors_with_problems(app: Flask) -> None:
    """Make every failure of a request a problem, whatever raised it."""
    app.register_error_handler(PixelmillError, problem_response)
    app.register_error_handler(HTTPException, _answer_http_exception)
    app.register_error_handler(Exception, _answer_bug)


def _answer_bug(_error: Exception) -> Response:
    _log.exception("request_crashed")
    return problem_response(InternalError("The service made a mistake; its log has the cause under this request_id."))


def _answer_http_exception(exception: HTTPException) -> Response:
    """Say in our words what Flask or Werkzeug refused."""
    response = problem_response(_error_of(exception))
    if isinstance(exception, WerkzeugMethodNotAllowed) and exception.valid_methods:
        response.headers["Allow"] = ", ".join(sorted(exception.valid_methods))
    return response


def _error_of(exception: HTTPException) -> PixelmillError:
    match exception.code:
        case HTTPStatus.NOT_FOUND:
            return RouteNotFound("Nothing is served at this path; / lists the routes.")
        case HTTPStatus.METHOD_NOT_ALLOWED:
            return MethodNotAllowed("The header Allow lists the methods of this route.")
        case HTTPStatus.UNSUPPORTED_MEDIA_TYPE:
            return UnsupportedMediaType()
        case code if code is not None and code < HTTPStatus.INTERNAL_SERVER_ERROR:
            return MalformedRequest()
        case _:
            return InternalError()
