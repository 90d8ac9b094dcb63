"""Follow a task to its end: by an event stream, and by long polls where there is none."""

import time
from http import HTTPStatus
from typing import Final

import httpx
from httpx_sse import ServerSentEvent

from pixelmill.client.flows import task_of
from pixelmill.client.problems import ApiProblem, ClientError, retry_after_seconds
from pixelmill.client.steps import Call, Emit, Flow, NextEvent, Open, Pause
from pixelmill.domain.task import Task

SILENCE_SECONDS: Final = 25.0
"""The service sends a comment every ten seconds at least."""

LAST_SECONDS: Final = 12.0
"""Before the time is up a long poll takes over: it ends when it has to, a stream only when something comes."""

RECONNECT_SECONDS: Final = 1.0
"""Pause after a stream that broke off. A service that was restarted is back soon after."""

LONG_POLL_SECONDS: Final = 20
"""One request waits no longer: shorter than what proxies cut off."""


def follow(task: Task, timeout_seconds: float) -> Flow[Task]:
    """Emit what becomes of a task, each change once; returns it as it ended.

    Args:
        task: As it was last known.
        timeout_seconds: How long it may take.

    Raises:
        TimeoutError: It has not ended in time.
        ClientError: It is gone, or the service cannot be reached any more.
    """
    deadline = time.monotonic() + timeout_seconds
    task = yield from _by_stream(task, deadline)
    task = yield from _by_polls(task, deadline)
    if not task.status.is_final:
        raise TimeoutError(f"task {task.task_id} has not ended within {timeout_seconds:g} s")
    return task


def _by_stream(task: Task, deadline: float) -> Flow[Task]:
    """As long as a stream can be opened, anew whenever it breaks off."""
    last_event_id = ""
    while not task.status.is_final and (left_seconds := deadline - time.monotonic()) > LAST_SECONDS:
        try:
            yield Open(
                path=f"/task-status/{task.task_id}/events",
                last_event_id=last_event_id,
                silence_seconds=min(SILENCE_SECONDS, left_seconds),
                seconds=left_seconds - LAST_SECONDS,
            )
        except ClientError:
            return task  # there are no streams, or no places, or no task: a poll will tell
        while (event := (yield from _next_event())) is not None:
            now = Task.model_validate_json(event.data) if event.event == "message" else task
            last_event_id = event.id
            if now != task:
                task = now
                yield Emit(task)
            if event.event == "gone":
                return task
        if not task.status.is_final:
            yield Pause(RECONNECT_SECONDS)
    return task


def _next_event() -> Flow[ServerSentEvent | None]:
    """The next event that says something; None when there are no more, however the stream has ended."""
    while True:
        try:
            event: ServerSentEvent | None = yield NextEvent()
        except ClientError:
            return None
        if event is None or event.data:
            return event


def _by_polls(task: Task, deadline: float) -> Flow[Task]:
    """Until the time is up."""
    etag = ""
    while not task.status.is_final and (left_seconds := deadline - time.monotonic()) > 0:
        try:
            answer = yield from _poll(task.task_id, etag, left_seconds)
        except ApiProblem as problem:
            if problem.status != HTTPStatus.TOO_MANY_REQUESTS:
                raise
            # The task goes on, and so does its time: longer than a call is repeated.
            yield Pause(min(problem.retry_after_seconds or 1, left_seconds))
            continue
        if answer.status_code != HTTPStatus.NOT_MODIFIED:
            now, etag = task_of(answer), answer.headers["ETag"]
            if now != task:
                task = now
                yield Emit(task)
    return task


def _poll(task_id: str, etag: str, left_seconds: float) -> Flow[httpx.Response]:
    """Ask once: at once for the first version, then when it changes."""
    path = f"/task-status/{task_id}"
    if not etag:
        first: httpx.Response = yield Call(method="GET", path=path)
        return first
    wait_seconds = max(1, min(LONG_POLL_SECONDS, int(left_seconds)))
    headers = {"Prefer": f"wait={wait_seconds}", "If-None-Match": etag}
    answer: httpx.Response = yield Call(method="GET", path=path, headers=headers, wait_seconds=wait_seconds)
    if answer.status_code == HTTPStatus.NOT_MODIFIED and "Preference-Applied" not in answer.headers:
        # Too many wait already: do as those who cannot wait.
        yield Pause(min(retry_after_seconds(answer) or 1, left_seconds))
    return answer
