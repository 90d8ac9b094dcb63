"""How a task is answered: its body, its version, when to ask again."""

import hashlib
from http import HTTPStatus
from typing import Final

from flask import Response
from pydantic import BaseModel

from pixelmill.domain.task import Task

RETRY_AFTER_SECONDS: Final = 1
"""When a caller who does not wait may ask again: most tasks take less."""

_ETAG_CHARACTERS: Final = 32


def status_path(task_id: str) -> str:
    """Where the task is followed."""
    return f"/task-status/{task_id}"


def etag_of(task: Task) -> str:
    """The version of a task, without quotes: it changes with everything a caller can see."""
    return hashlib.sha256(task.model_dump_json().encode()).hexdigest()[:_ETAG_CHARACTERS]


def json_response(model: BaseModel, status: HTTPStatus = HTTPStatus.OK) -> Response:
    """Answer with a model."""
    return Response(model.model_dump_json(), status, content_type="application/json")


def task_response(task: Task, status: HTTPStatus = HTTPStatus.OK, *, waited_seconds: int | None = None) -> Response:
    """Answer with a task.

    Args:
        task: The task.
        status: The status of the answer.
        waited_seconds: The `wait` preference that was honoured, if one was.
    """
    return _finished(json_response(task, status), task, waited_seconds)


def unchanged_response(task: Task, *, waited_seconds: int | None = None) -> Response:
    """Answer that the caller knows the task as it is."""
    response = Response(status=HTTPStatus.NOT_MODIFIED)
    del response.headers["Content-Type"]
    return _finished(response, task, waited_seconds)


def _finished(response: Response, task: Task, waited_seconds: int | None) -> Response:
    # Not even a private cache may answer: a browser's would add its own If-None-Match and so change what Prefer means.
    response.headers["Cache-Control"] = "no-store"
    response.set_etag(etag_of(task))
    if not task.status.is_final:
        response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    if waited_seconds is not None:
        response.headers["Preference-Applied"] = f"wait={waited_seconds}"
    return response
