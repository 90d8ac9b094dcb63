"""How a task is answered: its body, its version, when to ask again."""

import hashlib
from http import HTTPStatus
from typing import Final

from flask import Response
from pydantic import BaseModel

from pixelmill.domain.task import Task

NDJSON_MEDIA_TYPE: Final = "application/x-ndjson"

RETRY_AFTER_SECONDS: Final = 1
"""When a caller who does not wait may ask again: most tasks take less."""

_ETAG_CHARACTERS: Final = 32


class Representation:
    """A task as it is sent.

    Attributes:
        task: The task.
        body: The task as JSON.
        etag: The version, without quotes: it changes with everything a caller can see.
    """

    def __init__(self, task: Task) -> None:
        self.task = task
        self.body = task.model_dump_json().encode()
        self.etag = hashlib.sha256(self.body).hexdigest()[:_ETAG_CHARACTERS]


def status_path(task_id: str) -> str:
    """Where the task is followed."""
    return f"/task-status/{task_id}"


def json_response(model: BaseModel) -> Response:
    """Answer with a model."""
    return Response(model.model_dump_json(), content_type="application/json")


def task_response(
    shown: Representation, status: HTTPStatus = HTTPStatus.OK, *, waited_seconds: int | None = None
) -> Response:
    """Answer with a task.

    Args:
        shown: The task.
        status: The status of the answer.
        waited_seconds: The `wait` preference that was honored, if one was.
    """
    return _finished(Response(shown.body, status, content_type="application/json"), shown, waited_seconds)


def unchanged_response(shown: Representation, *, waited_seconds: int | None = None) -> Response:
    """Answer that the caller knows the task as it is."""
    response = Response(status=HTTPStatus.NOT_MODIFIED)
    del response.headers["Content-Type"]
    return _finished(response, shown, waited_seconds)


def _finished(response: Response, shown: Representation, waited_seconds: int | None) -> Response:
    # Not even a private cache may answer: a browser's would add its own If-None-Match and so change what Prefer means.
    response.headers["Cache-Control"] = "no-store"
    response.set_etag(shown.etag)
    if not shown.task.status.is_final:
        response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    if waited_seconds is not None:
        response.headers["Preference-Applied"] = f"wait={waited_seconds}"
    return response
