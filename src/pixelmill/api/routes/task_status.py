"""`GET /task-status/<task_id>`: follow a task."""

import re
from typing import Final

from flask import Response, request
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from flask_openapi3.types import ResponseDict
from pydantic import BaseModel, Field

from pixelmill.api import examples
from pixelmill.api.access import seen
from pixelmill.api.openapi import (
    IF_NONE_MATCH_PARAMETER,
    PREFER_PARAMETER,
    headers,
    json_answer,
    parameters,
    problem_answers,
)
from pixelmill.api.prefer import honored_wait_seconds
from pixelmill.api.problems import problem_response
from pixelmill.api.queries import refuse_parameters
from pixelmill.api.task_responses import Representation, task_response, unchanged_response
from pixelmill.api.tasks import Tasks
from pixelmill.audit.trail import Trail
from pixelmill.domain.errors import (
    InvalidRequest,
    PixelmillError,
    QueueUnavailable,
    TaskExpired,
    TaskInterrupted,
    TaskNotFound,
    TrailUnavailable,
)
from pixelmill.domain.task import TASK_ID_PATTERN, Task

INTERRUPTED_RETRY_SECONDS: Final = 30
"""When to look again for a task that waits for its operator."""

GONE_ERRORS: Final[tuple[type[PixelmillError], ...]] = (TaskNotFound, TaskExpired, TaskInterrupted, TrailUnavailable)
"""What `answer_gone` answers."""

_TASK_ID = re.compile(TASK_ID_PATTERN)

_DESCRIPTION: Final = (
    "With `Prefer: wait=N` the answer comes when the task has ended; with `If-None-Match` besides, when "
    "it differs from the version the caller knows, a new stage included."
)
_ANSWERS: Final[ResponseDict] = {
    "200": json_answer(
        "The task as it stands.",
        Task,
        "ETag",
        "Retry-After",
        "Preference-Applied",
        example=examples.COMPLETED_TASK,
    ),
    "304": {
        "description": "The task is still as `If-None-Match` says.",
        "headers": headers("ETag", "Retry-After", "Preference-Applied"),
    },
    **problem_answers(InvalidRequest, QueueUnavailable, *GONE_ERRORS),
}


class TaskPath(BaseModel):
    """The part of the path that names a task.

    The pattern is described but checked by `known_form`: an id of another form is one that no task has.
    """

    task_id: str = Field(description="32 hex digits.", json_schema_extra={"pattern": TASK_ID_PATTERN})


def known_form(task_id: str) -> str:
    """The id, if a task can have it.

    Raises:
        TaskNotFound: No task can.
    """
    if not _TASK_ID.fullmatch(task_id):
        raise TaskNotFound("A task id has 32 hex digits; no task has this one.")
    return task_id


def task_status_routes(tasks: Tasks, trail: Trail, *, max_wait_seconds: float) -> APIBlueprint:
    """The route that tells how a task stands.

    Args:
        tasks: Knows the tasks that live.
        trail: Knows those that expired.
        max_wait_seconds: Longest `Prefer: wait` that is honored.
    """
    routes = APIBlueprint("task_status", __name__, abp_tags=[Tag(name="tasks")])

    @routes.get(
        "/task-status/<task_id>",
        operation_id="task_status",
        description=_DESCRIPTION,
        responses=_ANSWERS,
        openapi_extensions=parameters(PREFER_PARAMETER, IF_NONE_MATCH_PARAMETER),
    )
    def task_status(path: TaskPath) -> Response:
        """Tell how a task stands, at once or when it changes."""
        refuse_parameters()
        task = seen(tasks.get(known_form(path.task_id)))
        if task is None:
            return answer_gone(path.task_id, trail)
        wait_seconds = honored_wait_seconds(request.headers.get("Prefer"), max_wait_seconds)
        return _answer(Representation(task), wait_seconds, tasks, trail)

    return routes


def _answer(shown: Representation, wait_seconds: int | None, tasks: Tasks, trail: Trail) -> Response:
    is_conditional = bool(request.if_none_match)
    waited_seconds = None
    if wait_seconds and not shown.task.status.is_final and (_is_known(shown) or not is_conditional):
        now, was_honored = tasks.wait(shown.task, "change" if is_conditional else "final", wait_seconds)
        if now is None:
            return answer_gone(shown.task.task_id, trail)
        shown, waited_seconds = Representation(now), wait_seconds if was_honored else None
    if _is_known(shown):
        return unchanged_response(shown, waited_seconds=waited_seconds)
    return task_response(shown, waited_seconds=waited_seconds)


def _is_known(shown: Representation) -> bool:
    """Whether the caller has this version; weakly compared, for proxies that compress weaken the tag."""
    return request.if_none_match.contains_weak(shown.etag)


def answer_gone(task_id: str, trail: Trail) -> Response:
    """Answer for a task Redis does not keep: tell an expired one from one that never was, and from one that was lost.

    The trail knows, and nobody guesses when it cannot be asked.

    Raises:
        TaskNotFound: It never was.
        TrailUnavailable: That cannot be said now.
    """
    task = seen(trail.find(task_id))
    if task is None:
        raise TaskNotFound("No task with this id was accepted, or it is not in the history yet.")
    if task.status.is_final:
        return problem_response(TaskExpired("Its result is gone; submit it again to have it made anew."), task=task)
    lost = TaskInterrupted(
        "The queue has lost it; it goes on when it is recovered from the trail, or submitted again.",
        retry_after_seconds=INTERRUPTED_RETRY_SECONDS,
    )
    return problem_response(lost, task=task)
