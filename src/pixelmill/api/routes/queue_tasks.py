"""`POST /queue-tasks`: hand in many images with one request, each with an outcome of its own."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Final

from flask import Response, request
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from flask_openapi3.types import ResponseDict
from pydantic import BaseModel, ConfigDict, Field

from pixelmill.api import examples
from pixelmill.api.access import caller
from pixelmill.api.json_body import checked, received_body, unsupported
from pixelmill.api.openapi import Json, headers, problem_answers, reference
from pixelmill.api.problems import Problem, problem_of, retry_after_seconds_of
from pixelmill.api.queries import refuse_parameters
from pixelmill.api.rate_limiting import SUBMISSIONS, RateLimiting
from pixelmill.api.task_responses import NDJSON_MEDIA_TYPE
from pixelmill.api.tasks import Tasks
from pixelmill.domain.errors import (
    InvalidRequest,
    MalformedRequest,
    PixelmillError,
    QueueUnavailable,
    RequestTooLarge,
    UnsupportedMediaType,
)
from pixelmill.domain.limits import MEBIBYTE
from pixelmill.domain.task import Task, is_none
from pixelmill.queue.intake import Submission
from pixelmill.submit.request import QueueTaskRequest
from pixelmill.telemetry import metrics

MAX_LINES: Final = 1000
MAX_BODY_BYTES: Final = 4 * MEBIBYTE
"""A thousand requests with all parameters and URLs of ordinary length take a quarter of it."""


class Outcome(BaseModel):
    """What came of one line: the task, or the problem that refused it."""

    model_config = ConfigDict(frozen=True)

    line: int = Field(description="Which line of the request, from 1.", examples=[1])
    status: int = Field(description="The HTTP status that the line would have had alone.", examples=[202])
    retry_after_seconds: int | None = Field(
        default=None, exclude_if=is_none, description="When the line may be sent again, where that can help."
    )
    task: Task | None = Field(default=None, exclude_if=is_none)
    problem: Problem | None = Field(default=None, exclude_if=is_none)


_DESCRIPTION: Final = (
    f"The body has a request of `POST /queue-task` as JSON on each line, {MAX_LINES:,} at most; the answer has an "
    "outcome on each line, in the same order. Lines are accepted or refused each by itself. Sending a batch again is "
    "safe: equal requests share a task. Where submissions are limited each line is one: a batch for which not "
    "enough are left is refused as a whole with 429, one that is larger than the limit with 413."
)
_REQUEST_BODY: Final[Json] = {
    "required": True,
    "content": {NDJSON_MEDIA_TYPE: {"schema": reference(QueueTaskRequest.__name__), "example": examples.ONE_IMAGE}},
}
_ANSWERS: Final[ResponseDict] = {
    "200": {
        "description": "An outcome for each line.",
        "headers": headers(),
        "content": {NDJSON_MEDIA_TYPE: {"schema": reference(Outcome.__name__)}},
    },
    **problem_answers(
        InvalidRequest,
        MalformedRequest,
        RequestTooLarge,
        UnsupportedMediaType,
        QueueUnavailable,
    ),
}


def queue_tasks_routes(tasks: Tasks, rate_limiting: RateLimiting) -> APIBlueprint:
    """The route that submits many tasks at once.

    Args:
        tasks: Takes the submissions.
        rate_limiting: Counts each line as one.
    """
    routes = APIBlueprint("queue_tasks", __name__, abp_tags=[Tag(name="tasks")])

    @routes.post(
        "/queue-tasks",
        operation_id="queue_tasks",
        description=_DESCRIPTION,
        responses=_ANSWERS,
        openapi_extensions={"requestBody": _REQUEST_BODY},
    )
    def queue_tasks() -> Response:
        """Submit many images to resize."""
        refuse_parameters()
        lines = _received_lines()
        rate_limiting.spend(SUBMISSIONS, len(lines))
        outcomes = _outcomes(tasks, [_read(line) for line in lines])
        body = "".join(outcome.model_dump_json() + "\n" for outcome in outcomes)
        return Response(body, content_type=NDJSON_MEDIA_TYPE)

    return routes


def _received_lines() -> list[bytes]:
    """The lines of the body, but for empty ones at its end."""
    if request.mimetype != NDJSON_MEDIA_TYPE:
        raise unsupported(request, NDJSON_MEDIA_TYPE)
    lines = received_body(request, MAX_BODY_BYTES).rstrip().split(b"\n")
    if len(lines) > MAX_LINES:
        raise RequestTooLarge(f"A batch may have {MAX_LINES:,} lines at most, received {len(lines):,}.")
    if lines == [b""]:
        raise MalformedRequest("Expected a JSON object on each line, received an empty body.")
    return lines


def _read(line: bytes) -> QueueTaskRequest | PixelmillError:
    try:
        return checked(QueueTaskRequest, line)
    except PixelmillError as error:
        return error


def _outcomes(tasks: Tasks, read: list[QueueTaskRequest | PixelmillError]) -> Iterator[Outcome]:
    submissions = iter(tasks.submit_all([each for each in read if isinstance(each, QueueTaskRequest)], caller()))
    for number, each in enumerate(read, start=1):
        end = each if isinstance(each, PixelmillError) else next(submissions)
        yield _accepted(number, end) if isinstance(end, Submission) else _refused(number, end)


def _accepted(number: int, submission: Submission) -> Outcome:
    metrics.submissions.labels(outcome=submission.outcome).inc()
    status = HTTPStatus.OK if submission.task.status.is_final else HTTPStatus.ACCEPTED
    return Outcome(line=number, status=status, task=submission.task)


def _refused(number: int, error: PixelmillError) -> Outcome:
    metrics.submissions.labels(outcome="refused").inc()
    problem = problem_of(error)
    return Outcome(
        line=number,
        status=problem.status,
        retry_after_seconds=retry_after_seconds_of(error),
        problem=problem,
    )
