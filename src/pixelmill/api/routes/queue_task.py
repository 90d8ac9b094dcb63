"""`POST /queue-task`: hand in an image and the sizes wanted."""

from http import HTTPStatus
from typing import Final

from flask import Response, request
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from flask_openapi3.types import ResponseDict

from pixelmill.api import examples
from pixelmill.api.access import caller
from pixelmill.api.idempotency_key import received_key
from pixelmill.api.json_body import checked, received_json, unsupported
from pixelmill.api.openapi import (
    IDEMPOTENCY_KEY_PARAMETER,
    PREFER_PARAMETER,
    Json,
    json_answer,
    parameters,
    problem_answers,
    reference,
)
from pixelmill.api.prefer import honored_wait_seconds
from pixelmill.api.queries import refuse_parameters
from pixelmill.api.task_responses import Representation, status_path, task_response
from pixelmill.api.tasks import Tasks
from pixelmill.api.uploads import Receiving, received_form
from pixelmill.domain.errors import (
    IdempotencyKeyInUse,
    IdempotencyKeyReused,
    InvalidRequest,
    MalformedRequest,
    PixelmillError,
    QueueFull,
    QueueUnavailable,
    RequestTooLarge,
    StoreUnavailable,
    TooManyUploads,
    UnsupportedMediaType,
)
from pixelmill.domain.task import Task
from pixelmill.queue.intake import Submission
from pixelmill.submit.request import QueueTaskRequest, UploadTaskRequest
from pixelmill.telemetry import metrics

JSON_MEDIA_TYPE: Final = "application/json"
FORM_MEDIA_TYPE: Final = "multipart/form-data"

UPLOAD_FORM: Final = "UploadForm"
UPLOAD_FORM_SCHEMA: Final[Json] = {
    "type": "object",
    "required": ["image", "task"],
    "additionalProperties": False,
    "properties": {
        "image": {"type": "string", "format": "binary", "description": "The image, as a file."},
        "task": reference(UploadTaskRequest.__name__),
    },
}

_REQUEST_BODY: Final[Json] = {
    "required": True,
    "content": {
        JSON_MEDIA_TYPE: {
            "schema": reference(QueueTaskRequest.__name__),
            "examples": {
                "one image": {"value": examples.ONE_IMAGE},
                "several variants": {"value": examples.SEVERAL_VARIANTS},
                "a set with markup": {"value": examples.SET_WITH_MARKUP},
                "a preset": {"value": examples.PRESET},
            },
        },
        FORM_MEDIA_TYPE: {
            "schema": reference(UPLOAD_FORM),
            "encoding": {"task": {"contentType": JSON_MEDIA_TYPE}},
        },
    },
}
_DESCRIPTION: Final = (
    "Equal requests share one task: submitting again finds it, running or done, and never doubles the work."
)
_ANSWERS: Final[ResponseDict] = {
    "200": json_answer(
        "The task has ended: it was there already, or ended while the request waited.",
        Task,
        "Location",
        "ETag",
        "Preference-Applied",
        example=examples.COMPLETED_TASK,
    ),
    "202": json_answer(
        "The task is accepted and on disk; follow it at `Location`.",
        Task,
        "Location",
        "Retry-After",
        "ETag",
        "Preference-Applied",
        example=examples.PENDING_TASK,
    ),
    **problem_answers(
        InvalidRequest,
        IdempotencyKeyReused,
        IdempotencyKeyInUse,
        MalformedRequest,
        RequestTooLarge,
        UnsupportedMediaType,
        QueueFull,
        QueueUnavailable,
        StoreUnavailable,
        TooManyUploads,
    ),
}


def queue_task_routes(tasks: Tasks, *, receiving: Receiving, max_wait_seconds: float) -> APIBlueprint:
    """The route that submits tasks.

    Args:
        tasks: Takes the submissions.
        receiving: How uploads are received.
        max_wait_seconds: Longest `Prefer: wait` that is honored.
    """
    routes = APIBlueprint("queue_task", __name__, abp_tags=[Tag(name="tasks", description="Submit and follow tasks.")])

    @routes.post(
        "/queue-task",
        operation_id="queue_task",
        description=_DESCRIPTION,
        responses=_ANSWERS,
        openapi_extensions={"requestBody": _REQUEST_BODY, **parameters(PREFER_PARAMETER, IDEMPOTENCY_KEY_PARAMETER)},
    )
    def queue_task() -> Response:
        """Submit an image to resize."""
        refuse_parameters()
        submission = _submit(tasks, receiving)
        return _answer(tasks, submission.task, honored_wait_seconds(request.headers.get("Prefer"), max_wait_seconds))

    return routes


def _submit(tasks: Tasks, receiving: Receiving) -> Submission:
    try:
        submission = _submit_by_media_type(tasks, receiving)
    except PixelmillError:
        metrics.submissions.labels(outcome="refused").inc()
        raise
    metrics.submissions.labels(outcome=submission.outcome).inc()
    return submission


def _submit_by_media_type(tasks: Tasks, receiving: Receiving) -> Submission:
    key = received_key(request.headers.get("Idempotency-Key"))
    if request.mimetype == JSON_MEDIA_TYPE:
        return tasks.submit(checked(QueueTaskRequest, received_json(request)), caller(), key)
    if request.mimetype == FORM_MEDIA_TYPE:
        with received_form(request, receiving) as form:
            return tasks.submit_upload(checked(UploadTaskRequest, form.task_json), form.image, caller(), key)
    raise unsupported(request, JSON_MEDIA_TYPE, FORM_MEDIA_TYPE)


def _answer(tasks: Tasks, task: Task, wait_seconds: int | None) -> Response:
    waited_seconds = None
    if wait_seconds and not task.status.is_final:
        task, waited_seconds = _wait(tasks, task, wait_seconds)
    status = HTTPStatus.OK if task.status.is_final else HTTPStatus.ACCEPTED
    response = task_response(Representation(task), status, waited_seconds=waited_seconds)
    response.headers["Location"] = status_path(task.task_id)
    return response


def _wait(tasks: Tasks, task: Task, wait_seconds: int) -> tuple[Task, int | None]:
    try:
        ended, was_honored = tasks.wait(task, "final", wait_seconds)
    except QueueUnavailable:
        # It is accepted all the same, and that is what was asked.
        return task, None
    return ended or task, wait_seconds if was_honored else None
