"""`GET /task-status/<task_id>/events` and `GET /events`: follow tasks by Server-Sent Events."""

from http import HTTPStatus
from typing import Final

from flask import Response, request
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from flask_openapi3.types import ResponseDict

from pixelmill.api import examples
from pixelmill.api.access import caller
from pixelmill.api.event_stream import MEDIA_TYPE, EventStream
from pixelmill.api.following import Following, Followings, News
from pixelmill.api.openapi import (
    LAST_EVENT_ID_PARAMETER,
    Json,
    headers,
    parameters,
    problem_answers,
    reference,
)
from pixelmill.api.queries import EventsQuery, refuse_parameters
from pixelmill.api.routes.task_status import GONE_ERRORS, TaskPath, answer_gone, known_form
from pixelmill.audit.trail import Trail
from pixelmill.domain.errors import (
    InvalidRequest,
    QueueUnavailable,
    TooManyStreams,
)
from pixelmill.domain.task import Task

EVENT: Final = "Event"
EVENT_SCHEMA: Final[Json] = {
    "description": "One event of a stream.",
    "type": "object",
    "required": ["event", "data"],
    "properties": {
        "event": {"enum": ["message", "gone", "end"]},
        "id": {"type": "string", "description": "To come back with, as `Last-Event-ID`."},
        "retry": {"type": "integer", "description": "Milliseconds after which to come back."},
        "data": {
            "type": "string",
            "description": "JSON: a task; the `task_id` of one that is gone; an empty object at the end.",
            "contentMediaType": "application/json",
            "contentSchema": {"anyOf": [reference(Task.__name__), {"type": "object"}]},
        },
    },
}
"""Before version 3.2 OpenAPI has no word for streams: readers of the document take this for each event."""

_HEADERS: Final = {
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",  # nginx, ours or another, passes each event on at once
}
_TAG: Final = Tag(name="tasks")
_DESCRIPTION: Final = (
    "Server-Sent Events. Each `message` carries a task as it stands, at the start and after every change, progress "
    "included; a slow reader gets the latest state. A task that is not there, or no more, is told by an event `gone` "
    "with its `task_id`. When all tasks have ended an event `end` follows, and the connection ends: close the "
    "`EventSource` then. With `Last-Event-ID` only what has changed since is told; the answer is 204 when nothing is "
    "left to tell. Comments are sent while nothing changes."
)
_STREAM_ANSWERS: Final[ResponseDict] = {
    "200": {
        "description": "The events, until all tasks have ended.",
        "headers": headers(),
        "content": {MEDIA_TYPE: {"schema": reference(EVENT), "example": examples.EVENT}},
    },
    "204": {"description": "All tasks have ended, and the caller knows.", "headers": headers()},
}

_TASK_ANSWERS: Final[ResponseDict] = _STREAM_ANSWERS | problem_answers(
    InvalidRequest, QueueUnavailable, TooManyStreams, *GONE_ERRORS
)

_ANSWERS: Final[ResponseDict] = _STREAM_ANSWERS | problem_answers(InvalidRequest, QueueUnavailable, TooManyStreams)


def task_events_routes(followings: Followings, trail: Trail) -> APIBlueprint:
    """The routes that follow tasks.

    Args:
        followings: Brings the states.
        trail: Knows tasks that expired.
    """
    routes = APIBlueprint("task_events", __name__, abp_tags=[_TAG])

    @routes.get(
        "/task-status/<task_id>/events",
        operation_id="task_events",
        description=_DESCRIPTION,
        responses=_TASK_ANSWERS,
        openapi_extensions=parameters(LAST_EVENT_ID_PARAMETER),
    )
    def task_events(path: TaskPath) -> Response:
        """Follow a task until it ends."""
        refuse_parameters()
        following, news = followings.follow([known_form(path.task_id)], caller().sees)
        if news[path.task_id] is None:
            following.close()
            return answer_gone(path.task_id, trail)
        return _stream(following, news)

    @routes.get(
        "/events",
        operation_id="events",
        description=_DESCRIPTION,
        responses=_ANSWERS,
        openapi_extensions=parameters(LAST_EVENT_ID_PARAMETER),
    )
    def events(query: EventsQuery) -> Response:
        """Follow several tasks until all have ended, in one connection."""
        return _stream(*followings.follow(list(dict.fromkeys(query.task_id)), caller().sees))

    return routes


def _stream(following: Following, news: News) -> Response:
    stream = EventStream(following.task_ids, request.headers.get("Last-Event-ID"))
    first = stream.told(news)
    if stream.has_ended and not first:
        following.close()
        return Response(status=HTTPStatus.NO_CONTENT, headers=_HEADERS)
    response = Response(stream.run(following, first), content_type=MEDIA_TYPE, headers=_HEADERS)
    response.call_on_close(following.close)
    return response
