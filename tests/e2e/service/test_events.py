"""Following tasks by Server-Sent Events through nginx, as a browser does."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from httpx_sse import EventSource, ServerSentEvent

from tests.support.answers import body, held
from tests.support.pictures import photo
from tests.support.service import Service


@contextmanager
def streaming(service: Service, *task_ids: str) -> Iterator[Iterator[ServerSentEvent]]:
    url = f"{service.base_url}/events"
    with httpx.stream("GET", url, params={"task_id": task_ids}, timeout=30) as response:
        assert response.status_code == 200
        yield (event for event in EventSource(response).iter_sse() if event.data)


def submit(url: str, service: Service) -> str:
    answer = httpx.post(f"{service.base_url}/queue-task", json={"image_url": url, "parameters": {"width": 90}})
    return str(answer.json()["task_id"])


def test_events_pass_nginx_as_they_happen(service: Service) -> None:
    """The first is there while the origin is silent yet; nothing waits in a buffer for more."""
    may_answer = threading.Event()
    url = service.origin.serve("/held-events.jpg", held(body(photo(400, 300, seed=81)), may_answer))
    task_id = submit(url, service)
    with streaming(service, task_id) as events:
        states = [json.loads(next(events).data)]
        while states[-1]["stage"] != "fetching":
            states.append(json.loads(next(events).data))
        may_answer.set()
        *_, last, end = events
    assert (json.loads(last.data)["status"], end.event) == ("completed", "end")
    assert json.loads(last.data)["result"]["variants"]["image"]["width"] == 90


def test_one_connection_is_enough_for_fifty_images(service: Service) -> None:
    """As a page has them."""
    urls = [
        service.origin.serve(f"/fifty/{number}.jpg", body(photo(200, 150, seed=number))) for number in range(100, 150)
    ]
    task_ids = [submit(url, service) for url in urls]
    with streaming(service, *task_ids) as events:
        tasks = [json.loads(event.data) for event in events if event.event == "message"]
    assert sorted(task["task_id"] for task in tasks if task["status"] == "completed") == sorted(task_ids)
