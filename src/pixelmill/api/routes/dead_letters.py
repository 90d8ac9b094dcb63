"""`/dead-letters`: tasks that were given up, for the operator, who looks at them and starts them again."""

from http import HTTPStatus
from typing import Final

import structlog
from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from flask_openapi3.types import ResponseDict

from pixelmill.api import examples
from pixelmill.api.openapi import json_answer, problem_answers
from pixelmill.api.problems import problem_response
from pixelmill.api.queries import CursorQuery, DeadLetterQuery, refuse_parameters, refuse_repeated_parameters
from pixelmill.api.routes.task_status import GONE_ERRORS, TaskPath, answer_gone, known_form
from pixelmill.api.task_responses import Representation, json_response, status_path, task_response
from pixelmill.api.tasks import Tasks
from pixelmill.audit.trail import Trail
from pixelmill.domain.errors import (
    InvalidRequest,
    NotADeadLetter,
    QueueFull,
    QueueUnavailable,
)
from pixelmill.domain.task import Task
from pixelmill.queue.dead_letters import DeadLetterPage, Requeued

_PAGE_EXAMPLE: Final = {"tasks": [examples.DEAD_LETTER], "next_cursor": None}
_PAGE_ANSWERS: Final[ResponseDict] = {
    "200": json_answer("Dead letters, the newest first.", DeadLetterPage, example=_PAGE_EXAMPLE),
    **problem_answers(InvalidRequest, QueueUnavailable),
}
_REQUEUE_ANSWERS: Final[ResponseDict] = {
    "202": json_answer("It is pending again.", Task, "Location", "Retry-After", "ETag", example=examples.PENDING_TASK),
    **problem_answers(InvalidRequest, NotADeadLetter, QueueFull, QueueUnavailable, *GONE_ERRORS),
}
_REQUEUE_ALL_ANSWERS: Final[ResponseDict] = {
    "200": json_answer("A part of them waits again.", Requeued, example={"requeued": 12, "next_cursor": None}),
    **problem_answers(InvalidRequest, QueueFull, QueueUnavailable),
}

_log = structlog.get_logger()


def dead_letter_routes(tasks: Tasks, trail: Trail) -> APIBlueprint:
    """The routes of the dead letters.

    Args:
        tasks: Has them.
        trail: Knows tasks that expired.
    """
    tag = Tag(name="dead letters", description="Tasks that were given up although trying again may help.")
    routes = APIBlueprint("dead_letters", __name__, abp_tags=[tag])

    @routes.get("/dead-letters", operation_id="dead_letters", responses=_PAGE_ANSWERS)
    def dead_letters(query: DeadLetterQuery) -> Response:
        """List tasks whose attempts, or whose workers, were used up.

        A page that is not the last may have fewer tasks than asked for.
        """
        refuse_repeated_parameters()
        return json_response(tasks.dead_letters(query.cursor, query.limit))

    @routes.post("/dead-letters/<task_id>/requeue", operation_id="requeue", responses=_REQUEUE_ANSWERS)
    def requeue(path: TaskPath) -> Response:
        """Start one again, as if it were submitted now. One that is pending already stays as it is."""
        refuse_parameters()
        change = tasks.requeue(known_form(path.task_id))
        if change is None:
            return answer_gone(path.task_id, trail)
        if change.task.status.is_final:
            return problem_response(NotADeadLetter(f"The task is {change.task.status}."), task=change.task)
        if change.is_new:
            _log.info("dead_letter_requeued", task_id=path.task_id)
        response = task_response(Representation(change.task), HTTPStatus.ACCEPTED)
        response.headers["Location"] = status_path(path.task_id)
        return response

    @routes.post("/dead-letters/requeue", operation_id="requeue_all", responses=_REQUEUE_ALL_ANSWERS)
    def requeue_all(query: CursorQuery) -> Response:
        """Start all again, the newest first, a part with each call; go on with `next_cursor`."""
        refuse_repeated_parameters()
        part = tasks.requeue_all(query.cursor)
        _log.info("dead_letters_requeued", tasks=part.requeued)
        return json_response(part)

    return routes
