"""`POST /cancel-task/<task_id>`: end a task that is not wanted any more."""

from typing import Final

import structlog
from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from flask_openapi3.types import ResponseDict

from pixelmill.api import examples
from pixelmill.api.access import caller
from pixelmill.api.openapi import json_answer, problem_answers
from pixelmill.api.problems import problem_response
from pixelmill.api.queries import refuse_parameters
from pixelmill.api.routes.task_status import GONE_ERRORS, TaskPath, answer_gone, known_form
from pixelmill.api.task_responses import Representation, task_response
from pixelmill.api.tasks import Tasks
from pixelmill.audit.trail import Trail
from pixelmill.domain.errors import (
    InvalidRequest,
    QueueUnavailable,
    TaskFinished,
)
from pixelmill.domain.task import Status, Task
from pixelmill.telemetry import metrics

_DESCRIPTION: Final = (
    "A task that waits is taken out of the queue, one that runs is dropped by its worker within a second. Equal "
    "submissions share one task: it ends for all of them, and each sees `canceled`. Submitting it again starts it "
    "anew. Canceling it twice is no error."
)
_ANSWERS: Final[ResponseDict] = {
    "200": json_answer("The task is canceled.", Task, "ETag", example=examples.CANCELED_TASK),
    **problem_answers(InvalidRequest, TaskFinished, QueueUnavailable, *GONE_ERRORS),
}

_log = structlog.get_logger()


def cancel_task_routes(tasks: Tasks, trail: Trail) -> APIBlueprint:
    """The route that cancels tasks.

    Args:
        tasks: Knows the tasks that live.
        trail: Knows those that expired.
    """
    routes = APIBlueprint("cancel_task", __name__, abp_tags=[Tag(name="tasks")])

    @routes.post("/cancel-task/<task_id>", operation_id="cancel_task", description=_DESCRIPTION, responses=_ANSWERS)
    def cancel_task(path: TaskPath) -> Response:
        """End a task that is not wanted any more."""
        refuse_parameters()
        cancellation = tasks.cancel(known_form(path.task_id), caller())
        if cancellation is None:
            return answer_gone(path.task_id, trail)
        task = cancellation.task
        if task.status is not Status.CANCELED:
            return problem_response(TaskFinished(f"The task has {task.status} already."), task=task)
        if cancellation.is_new:
            assert task.error is not None  # noqa: S101 - it says that it was canceled
            metrics.tasks.labels(task.status.value, task.error.code).inc()
            _log.info("task_canceled", task_id=task.task_id, attempt=task.attempts)
        return task_response(Representation(task))

    return routes
