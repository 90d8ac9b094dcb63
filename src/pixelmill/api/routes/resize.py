"""`GET /resize`: an image for `<img src>` and caches, made when it is first asked for."""

import time
from collections.abc import Collection
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final

from flask import Response, request
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from flask_openapi3.types import ResponseDict

from pixelmill.api.access import caller
from pixelmill.api.openapi import headers, parameters, problem_answers
from pixelmill.api.resize_query import query_parameters, received_resize_request
from pixelmill.api.task_responses import RETRY_AFTER_SECONDS
from pixelmill.api.tasks import Tasks
from pixelmill.domain.errors import (
    CorruptImage,
    InternalError,
    InvalidRequest,
    InvalidSignature,
    QueueFull,
    QueueUnavailable,
    ResultPending,
    SignatureExpired,
    error_of,
)
from pixelmill.domain.signature import is_signed
from pixelmill.domain.task import Task
from pixelmill.domain.transformation import OutputFormat
from pixelmill.domain.variant import FailedVariant, Variant
from pixelmill.submit.request import SINGLE_VARIANT
from pixelmill.submit.resize_request import ResizeRequest
from pixelmill.telemetry import metrics

_AVIF: Final = "image/avif"
_DESCRIPTION: Final = (
    "Waits until the image is there and redirects to it. Parameters are those of `POST /queue-task`; `crop` is "
    "`left,top,width,height` and a focal point `x,y`. Without `format`, the caller's `Accept` may choose AVIF or WebP. "
    "Where the service has signing keys, the URL has to be signed."
)
_ANSWERS: Final[ResponseDict] = {
    "302": {
        "description": "The image is at `Location`, and may be cached as long as it is.",
        "headers": headers("Location"),
    },
    **problem_answers(
        InvalidRequest,
        CorruptImage,
        InvalidSignature,
        SignatureExpired,
        QueueFull,
        QueueUnavailable,
        ResultPending,
    ),
}


def resize_routes(tasks: Tasks, *, signing_keys: Collection[str], max_wait_seconds: float) -> APIBlueprint:
    """The route that answers with images.

    Args:
        tasks: Takes the submissions.
        signing_keys: What URLs are signed with; empty where they need not be.
        max_wait_seconds: How long to wait for an image.
    """
    routes = APIBlueprint("resize", __name__, abp_tags=[Tag(name="tasks")])

    @routes.get(
        "/resize",
        operation_id="resize",
        description=_DESCRIPTION,
        responses=_ANSWERS,
        openapi_extensions=parameters(*query_parameters()),
    )
    def resize() -> Response:
        """Redirect to an image, once it is made."""
        wanted = received_resize_request()
        if signing_keys:
            _check_signature(wanted, signing_keys)
        return _redirect(_made(tasks, wanted, max_wait_seconds), wanted)

    return routes


def _check_signature(wanted: ResizeRequest, keys: Collection[str]) -> None:
    if not is_signed(request.args.to_dict(), keys):
        raise InvalidSignature("Expected a URL signed with a key of this service, and not changed since.")
    if wanted.expires is not None and wanted.expires <= time.time():
        raise SignatureExpired(f"This URL was valid until {datetime.fromtimestamp(wanted.expires, UTC):%FT%TZ}.")


def _made(tasks: Tasks, wanted: ResizeRequest, max_wait_seconds: float) -> Task:
    accepted = {media_type.lower() for media_type, quality in request.accept_mimetypes if quality > 0}
    task = _ended(tasks, wanted, accepted, max_wait_seconds)
    # An AVIF is a still here: who did not ask for one gets the whole animation.
    if wanted.negotiates and (task.source.frames or 1) > 1 and _variant(task).format is OutputFormat.AVIF:
        task = _ended(tasks, wanted, accepted - {_AVIF}, max_wait_seconds)
    return task


def _ended(tasks: Tasks, wanted: ResizeRequest, accepted: Collection[str], max_wait_seconds: float) -> Task:
    submission = tasks.submit(wanted.as_task(accepted), caller())
    metrics.submissions.labels(outcome=submission.outcome).inc()
    task: Task | None = submission.task
    if not submission.task.status.is_final:
        task, _ = tasks.wait(submission.task, "final", max_wait_seconds)
    if task is None or not task.status.is_final:
        raise ResultPending("The image is being made; ask again.", retry_after_seconds=RETRY_AFTER_SECONDS)
    return task


def _variant(task: Task) -> Variant:
    """The image of a task that has ended. Raises the error that the task, or the image, met."""
    if task.error is not None:
        raise error_of(task.error)
    variant = task.result.variants[SINGLE_VARIANT] if task.result else None
    if isinstance(variant, FailedVariant):
        raise error_of(variant.error)
    if variant is None:
        raise InternalError
    return variant


def _redirect(task: Task, wanted: ResizeRequest) -> Response:
    variant = _variant(task)
    ends = [task.expires_at.timestamp()] if task.expires_at else []
    ends += [wanted.expires] if wanted.expires is not None else []
    response = Response(status=HTTPStatus.FOUND)
    del response.headers["Content-Type"]
    response.headers["Location"] = variant.url
    whose = "public" if caller().key_id is None else "private"
    response.headers["Cache-Control"] = f"{whose}, max-age={max(0, int(min(ends, default=0) - time.time()))}"
    if wanted.negotiates:
        response.headers["Vary"] = "Accept"
    return response
