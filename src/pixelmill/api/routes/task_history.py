"""`GET /task-history`, its export, and `GET /task-history/<task_id>`: the trail of all tasks."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Final

from flask import Response, stream_with_context
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from flask_openapi3.types import ResponseDict

from pixelmill.api import examples
from pixelmill.api.access import caller, seen
from pixelmill.api.history_export import Exports
from pixelmill.api.openapi import headers, json_answer, problem_answers, reference
from pixelmill.api.problems import Problem, problem_of
from pixelmill.api.queries import HistoryFilter, HistoryQuery, refuse_parameters, refuse_repeated_parameters
from pixelmill.api.routes.task_status import TaskPath, known_form
from pixelmill.api.task_responses import NDJSON_MEDIA_TYPE, json_response
from pixelmill.audit.trail import HistoryPage, Trail
from pixelmill.audit.wanted import Wanted
from pixelmill.domain.errors import (
    InvalidRequest,
    PixelmillError,
    TaskNotFound,
    TooManyExports,
    TrailUnavailable,
)
from pixelmill.domain.task import Status, Task

_PAGE_EXAMPLE: Final = {"tasks": [examples.COMPLETED_TASK], "next_cursor": None}
_PAGE_ANSWERS: Final[ResponseDict] = {
    "200": json_answer("Tasks, those accepted last first.", HistoryPage, example=_PAGE_EXAMPLE),
    **problem_answers(InvalidRequest, TrailUnavailable),
}
_EXPORT_DESCRIPTION: Final = (
    "A task as JSON on each line. If it cannot go on, the last line is a problem instead of a task. Of tasks that are "
    "accepted meanwhile it has none."
)
_EXPORT_HEADERS: Final = {
    "Content-Disposition": 'attachment; filename="task-history.ndjson"',
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",  # nginx would write it to its disk as fast as we make it
}
_EXPORT_ANSWERS: Final[ResponseDict] = {
    "200": {
        "description": "The tasks, for as long as it takes.",
        "headers": headers(),
        "content": {NDJSON_MEDIA_TYPE: {"schema": {"anyOf": [reference(Task.__name__), reference(Problem.__name__)]}}},
    },
    **problem_answers(InvalidRequest, TooManyExports, TrailUnavailable),
}
_TASK_ANSWERS: Final[ResponseDict] = {
    "200": json_answer("The task, by its last acceptance.", Task, example=examples.COMPLETED_TASK),
    **problem_answers(InvalidRequest, TaskNotFound, TrailUnavailable),
}


def task_history_routes(trail: Trail, exports: Exports) -> APIBlueprint:
    """The routes that read the trail.

    Args:
        trail: Has the tasks.
        exports: Makes files of it.
    """
    routes = APIBlueprint(
        "task_history",
        __name__,
        abp_tags=[Tag(name="history", description="All tasks that were accepted, kept longer than results.")],
    )

    @routes.get("/task-history", operation_id="task_history", responses=_PAGE_ANSWERS)
    def task_history(query: HistoryQuery) -> Response:
        """List tasks, those accepted last first. A pending one is as it was accepted; `/task-status` knows more."""
        refuse_repeated_parameters()
        return json_response(trail.history(_wanted(query), cursor=query.cursor, limit=query.limit))

    @routes.get(
        "/task-history/export",
        operation_id="export_task_history",
        description=_EXPORT_DESCRIPTION,
        responses=_EXPORT_ANSWERS,
    )
    def export_task_history(query: HistoryFilter) -> Response:
        """Export tasks, those accepted last first."""
        refuse_repeated_parameters()
        return _exported(exports, _wanted(query))

    @routes.get("/task-history/<task_id>", operation_id="task_history_of_one", responses=_TASK_ANSWERS)
    def task_history_of_one(path: TaskPath) -> Response:
        """Tell how a task ended, or that it has not."""
        refuse_parameters()
        task = seen(trail.find(known_form(path.task_id)))
        if task is None:
            raise TaskNotFound("The history has no task with this id, or not yet.")
        return json_response(task)

    return routes


def _wanted(query: HistoryFilter) -> Wanted:
    """What the current request asks for, of what it may see."""
    return Wanted(
        status=Status(query.status) if query.status else None,
        since=query.since,
        until=query.until,
        source=query.source,
        host=query.host,
        tenant=None if caller().sees_all else caller().tenant,
    )


def _exported(exports: Exports, wanted: Wanted) -> Response:
    """An answer that holds a seat until its reader has it all. What goes wrong at once is not answered with 200."""
    with ExitStack() as held:
        held.enter_context(exports.seat())
        lines = exports.lines(wanted)
        body = stream_with_context(_with_last_words(next(lines), lines))
        response = Response(body, content_type=NDJSON_MEDIA_TYPE, headers=_EXPORT_HEADERS)
        response.call_on_close(held.pop_all().close)
    return response


def _with_last_words(first: bytes, others: Iterator[bytes]) -> Iterator[bytes]:
    """The lines, and in the end what kept them from going on: the server would end the answer in order all the same."""
    yield first
    try:
        yield from others
    except PixelmillError as error:
        yield problem_of(error).model_dump_json().encode() + b"\n"
