"""The calls of the client, as flows: which requests each makes, and what it makes of the answers."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

import httpx

from pixelmill.client.parameters import Parameters
from pixelmill.client.steps import Call, Emit, Flow
from pixelmill.domain.task import Priority, Status, Task
from pixelmill.domain.transformation import Transformation

PAGE_TASKS: Final = "100"


def submit(
    source: str | Path,
    parameters: Parameters,
    *,
    variants: Mapping[str, Transformation] | None,
    preset: str | None,
    markup: bool,
    priority: Priority | str,
    refresh: bool,
) -> Flow[Task]:
    """Submit an image, once however often the request is sent.

    Raises:
        ValueError: The source is text, and no URL.
    """
    wanted: dict[str, object] = {"parameters": parameters} if parameters else {}
    if preset is not None:
        wanted["preset"] = preset
    if variants is not None:
        wanted["variants"] = {
            name: variant.model_dump(mode="json", exclude_unset=True) for name, variant in variants.items()
        }
    if markup:
        wanted["markup"] = True
    wanted |= {"priority": priority, "refresh": refresh}
    headers = {"Idempotency-Key": f'"{uuid.uuid4()}"'}
    upload = source if isinstance(source, Path) else None
    if isinstance(source, str) and "://" not in source:
        raise ValueError('expected a URL with its scheme, or for a file pathlib.Path("cat.jpg")')
    asked = wanted if upload else {"image_url": source} | wanted
    return task_of((yield Call(method="POST", path="/queue-task", headers=headers, json=asked, upload=upload)))


def status(task: Task | str) -> Flow[Task]:
    """Ask how a task stands."""
    return task_of((yield Call(method="GET", path=f"/task-status/{_id_of(task)}")))


def known(task: Task | str) -> Flow[Task]:
    """The task itself, asked for if only its id is given."""
    return task if isinstance(task, Task) else (yield from status(task))


def cancel(task: Task | str) -> Flow[Task]:
    """End a task."""
    return task_of((yield Call(method="POST", path=f"/cancel-task/{_id_of(task)}")))


def history(
    status: Status | str | None,
    since: datetime | None,
    until: datetime | None,
    source: str | None,
    host: str | None,
) -> Flow[None]:
    """Emit the tasks of the history."""
    wanted = {
        "status": status,
        "since": since.isoformat() if since else None,
        "until": until.isoformat() if until else None,
        "source": source,
        "host": host,
    }
    yield from _pages("/task-history", {name: value for name, value in wanted.items() if value is not None})


def dead_letters() -> Flow[None]:
    """Emit the dead letters."""
    yield from _pages("/dead-letters", {})


def requeue(task: Task | str) -> Flow[Task]:
    """Start a dead letter again."""
    return task_of((yield Call(method="POST", path=f"/dead-letters/{_id_of(task)}/requeue")))


def requeue_all() -> Flow[int]:
    """Start all dead letters again; returns how many."""
    query: dict[str, str] = {}
    requeued = 0
    while True:
        answer: httpx.Response = yield Call(method="POST", path="/dead-letters/requeue", query=query)
        part = answer.json()
        requeued += int(part["requeued"])
        if part["next_cursor"] is None:
            return requeued
        query = {"cursor": part["next_cursor"]}


def task_of(answer: httpx.Response) -> Task:
    """The task in an answer."""
    return Task.model_validate_json(answer.content)


def _id_of(task: Task | str) -> str:
    return task.task_id if isinstance(task, Task) else task


def _pages(path: str, query: Mapping[str, str]) -> Flow[None]:
    cursor: dict[str, str] = {}
    while True:
        answer: httpx.Response = yield Call(method="GET", path=path, query={**query, "limit": PAGE_TASKS, **cursor})
        page = answer.json()
        for task in page["tasks"]:
            yield Emit(Task.model_validate(task))
        if page["next_cursor"] is None:
            return
        cursor = {"cursor": page["next_cursor"]}
