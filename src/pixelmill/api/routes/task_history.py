"""`GET /task-history` and `GET /task-history/<task_id>`: the trail of all tasks."""

from typing import Final

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from flask_openapi3.types import ResponseDict

from pixelmill.api import examples
from pixelmill.api.access import ACCESS_ERRORS, caller, seen
from pixelmill.api.openapi import json_answer, problem_answers, rate_limited
from pixelmill.api.queries import HistoryQuery, refuse_parameters, refuse_repeated_parameters
from pixelmill.api.routes.task_status import TaskPath, known_form
from pixelmill.api.task_responses import json_response
from pixelmill.audit.trail import HistoryPage, Trail
from pixelmill.domain.errors import InvalidRequest, RateLimited, TaskNotFound, TooManyReads, TrailUnavailable
from pixelmill.domain.task import Status, Task

_PAGE_EXAMPLE: Final = {"tasks": [examples.COMPLETED_TASK], "next_cursor": None}
_PAGE_ANSWERS: Final[ResponseDict] = {
    "200": json_answer("Tasks, those accepted last first.", HistoryPage, example=_PAGE_EXAMPLE),
    **problem_answers(InvalidRequest, RateLimited, TooManyReads, TrailUnavailable, *ACCESS_ERRORS),
}
_TASK_ANSWERS: Final[ResponseDict] = {
    "200": json_answer("The task, by its last acceptance.", Task, example=examples.COMPLETED_TASK),
    **problem_answers(InvalidRequest, TaskNotFound, RateLimited, TooManyReads, TrailUnavailable, *ACCESS_ERRORS),
}


def task_history_routes(trail: Trail) -> APIBlueprint:
    """The routes that read the trail."""
    routes = APIBlueprint(
        "task_history",
        __name__,
        abp_tags=[Tag(name="history", description="All tasks that were accepted, kept longer than results.")],
    )

    @routes.get("/task-history", operation_id="task_history", responses=rate_limited(_PAGE_ANSWERS))
    def task_history(query: HistoryQuery) -> Response:
        """List tasks, those accepted last first. A pending one is as it was accepted; `/task-status` knows more."""
        refuse_repeated_parameters()
        page = trail.history(
            status=Status(query.status) if query.status else None,
            since=query.since,
            until=query.until,
            source=query.source,
            tenant=None if caller().sees_all else caller().tenant,
            cursor=query.cursor,
            limit=query.limit,
        )
        return json_response(page)

    @routes.get("/task-history/<task_id>", operation_id="task_history_of_one", responses=rate_limited(_TASK_ANSWERS))
    def task_history_of_one(path: TaskPath) -> Response:
        """Tell how a task ended, or that it has not."""
        refuse_parameters()
        task = seen(trail.find(known_form(path.task_id)))
        if task is None:
            raise TaskNotFound("The history has no task with this id, or not yet.")
        return json_response(task)

    return routes
