"""`GET /task-status/<task_id>/events` and `GET /events`: tasks as they change, in one connection."""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from httpx_sse import EventSource, ServerSentEvent

from tests.support.api_server import ApiServer
from tests.support.toy_worker import HELD, MISSING, ToyWorker
from tests.support.trail_keeping import keep_in_trail
from tests.support.trail_records import ended
from tests.support.wait import wait_until


def submitted(http: httpx.Client, url: str) -> str:
    answer = http.post("/queue-task", json={"image_url": url, "parameters": {"width": 100}})
    return str(answer.json()["task_id"])


@contextmanager
def streaming(http: httpx.Client, *task_ids: str, last_event_id: str = "") -> Iterator[Iterator[ServerSentEvent]]:
    """The events of one task, or of several."""
    path = f"/task-status/{task_ids[0]}/events" if len(task_ids) == 1 else "/events"
    query = {"task_id": task_ids} if len(task_ids) > 1 else {}
    headers = {"Last-Event-ID": last_event_id} if last_event_id else {}
    with http.stream("GET", path, params=query, headers=headers) as response:
        assert response.status_code == 200, response.read()
        yield (event for event in EventSource(response).iter_sse() if event.data)


def state_in(event: ServerSentEvent) -> tuple[str, str | None]:
    task = json.loads(event.data)
    return task["status"], task["stage"]


def open_streams(api: ApiServer) -> int:
    (line,) = (
        line for line in httpx.get(f"{api.url}/metrics").text.splitlines() if line.startswith("pixelmill_api_streams ")
    )
    return int(float(line.split()[1]))


def test_each_stage_is_told_and_then_the_end(http: httpx.Client, worker: ToyWorker) -> None:
    """Every event carries the task as `/task-status` shows it."""
    task_id = submitted(http, f"{HELD}events")
    seen: list[tuple[str, str | None]] = []
    with streaming(http, task_id) as events:
        for event in events:
            if event.event == "end":
                break
            seen.append(state_in(event))
            last = json.loads(event.data)
            if seen[-1] not in {("pending", "queued"), ("completed", None)}:
                worker.step()
        assert list(events) == []
    assert [state for state in seen if state != ("pending", "queued")] == [
        ("pending", "fetching"),
        ("pending", "transforming"),
        ("pending", "storing"),
        ("completed", None),
    ]
    assert last == http.get(f"/task-status/{task_id}").json()


def test_one_connection_follows_many_tasks(http: httpx.Client, worker: ToyWorker) -> None:
    """Those that failed and those that never were, too; it ends when none is left."""
    tasks = {submitted(http, f"https://example.com/many/{number}"): "completed" for number in range(20)}
    tasks[submitted(http, f"{MISSING}many")] = "failed"
    unknown = "0" * 32
    last: dict[str, Any] = {}
    with streaming(http, *tasks, unknown) as events:
        for event in events:
            last[json.loads(event.data).get("task_id", event.event)] = json.loads(event.data).get("status", event.event)
    assert last == tasks | {unknown: "gone", "end": "end"}


def test_the_answer_may_not_be_kept_or_held_up(http: httpx.Client) -> None:
    """Neither by a cache, nor by a buffer of nginx."""
    task_id = submitted(http, "https://example.com/headers")
    with http.stream("GET", f"/task-status/{task_id}/events") as response:
        assert response.headers["Content-Type"] == "text/event-stream"
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["X-Accel-Buffering"] == "no"


def test_who_comes_back_is_told_the_rest_and_then_nothing(http: httpx.Client, worker: ToyWorker) -> None:
    """An `EventSource` that gets a 204 stays away."""
    task_id = submitted(http, f"{HELD}resumed")
    with streaming(http, task_id) as events:
        before = next(event for event in events if state_in(event) == ("pending", "fetching"))
    for _ in range(3):
        worker.step()
    http.get(f"/task-status/{task_id}", headers={"Prefer": "wait=10"})
    with streaming(http, task_id, last_event_id=before.id) as events:
        last, end = events
    assert (state_in(last), end.event) == (("completed", None), "end")
    for path in (f"/task-status/{task_id}/events", f"/events?task_id={task_id}&task_id={task_id}"):
        answer = http.get(path, headers={"Last-Event-ID": last.id})
        assert (answer.status_code, answer.content) == (204, b"")


@pytest.mark.parametrize("task_id", ["0" * 32, "x", "F" * 32])
def test_an_unknown_task_cannot_be_followed(http: httpx.Client, task_id: str) -> None:
    """As its status is not found."""
    answer = http.get(f"/task-status/{task_id}/events")
    assert (answer.status_code, answer.json()["code"]) == (404, "task_not_found")


def test_an_expired_task_is_gone(http: httpx.Client, package_database_url: str) -> None:
    """With what the trail knows of it."""
    record = ended(4101)
    keep_in_trail(package_database_url, [record])
    answer = http.get(f"/task-status/{record.task.task_id}/events")
    assert (answer.status_code, answer.json()["task"]) == (410, record.task.model_dump(mode="json"))


@pytest.mark.parametrize(
    ("query", "field", "detail"),
    [
        ("", "task_id", "expected a value, received none"),
        ("task_id=x", "task_id.0", "expected a task id of 32 hex digits, received something else"),
        ("&".join(f"task_id={number:032x}" for number in range(101)), "task_id", "expected at most 100 entries"),
        (f"task_id={'0' * 32}&wait=1", "wait", "unknown field"),
    ],
)
def test_a_bad_query_is_refused_by_name(http: httpx.Client, query: str, field: str, detail: str) -> None:
    """Before anything is followed."""
    answer = http.get(f"/events?{query}")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
    assert answer.json()["errors"][0]["detail"].startswith(detail)


def test_streams_take_no_thread_from_the_others(http: httpx.Client, api: ApiServer) -> None:
    """With 8 threads for requests, 40 streams leave all 8 free."""
    task_id = submitted(http, "https://example.com/forty")
    with ExitStack() as streams:
        following = [streams.enter_context(streaming(http, task_id)) for _ in range(40)]
        assert [state_in(next(events)) for events in following] == [("pending", "queued")] * 40
        assert open_streams(api) >= 40  # streams that other tests have left are noticed with the next comment
        started = time.monotonic()
        assert {http.get(f"/task-status/{task_id}").status_code for _ in range(20)} == {200}
        assert time.monotonic() - started < 5


def test_a_head_leaves_nothing_open(http: httpx.Client, api: ApiServer) -> None:
    """The answer without its body is over at once."""
    path = f"/task-status/{submitted(http, 'https://example.com/head')}/events"
    before = open_streams(api)
    assert http.head(path).headers["Content-Type"] == "text/event-stream"
    wait_until(lambda: open_streams(api) == before)


@pytest.fixture
def own_api(redis_url: str, database_url: str, tmp_path: Path) -> Iterator[ApiServer]:
    """An api that has room for two streams."""
    with ApiServer(
        redis_url=redis_url, database_url=database_url, folder=tmp_path, PIXELMILL_API_MAX_STREAMS="2"
    ) as server:
        yield server


@pytest.fixture
def own_http(own_api: ApiServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=own_api.url, timeout=15) as client:
        yield client


def test_beyond_the_limit_polling_still_works(own_http: httpx.Client, own_api: ApiServer, redis_url: str) -> None:
    """503 says when to try again; a place whose reader has left is free after the next event."""
    task_id = submitted(own_http, f"{HELD}limit")
    with streaming(own_http, task_id) as staying, streaming(own_http, task_id):
        next(staying)
        answer = own_http.get(f"/task-status/{task_id}/events")
        assert (answer.status_code, answer.json()["code"]) == (503, "too_many_streams")
        assert (answer.json()["retryable"], answer.headers["Retry-After"]) == (True, "10")
        waited = own_http.get(f"/task-status/{task_id}", headers={"Prefer": "wait=1"})
        assert (waited.status_code, waited.headers["Preference-Applied"]) == (200, "wait=1")
    with ToyWorker(redis_url):  # takes the task, which is an event
        wait_until(lambda: open_streams(own_api) == 0)
        with streaming(own_http, task_id) as events:
            assert state_in(next(events)) == ("pending", "fetching")


def test_a_stop_ends_the_streams(own_http: httpx.Client, own_api: ApiServer) -> None:
    """At once, and without the event that would keep the reader from coming back."""
    task_id = submitted(own_http, "https://example.com/stopped")
    with streaming(own_http, task_id) as events:
        assert state_in(next(events)) == ("pending", "queued")
        started = time.monotonic()
        assert own_api.stop() == 0
        assert time.monotonic() - started < 8
        assert list(events) == []
