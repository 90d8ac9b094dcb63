"""Webhooks, from the submission to the receiver: whoever asked is told of the end, once for each time."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook

from tests.support.answers import Answer, body, failing, in_turn
from tests.support.pictures import photo
from tests.support.service import Service
from tests.support.wait import wait_until


@pytest.fixture
def http(service: Service) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=service.base_url, timeout=30) as http:
        yield http


class Receiver:
    """A path of the origin that messages are sent to."""

    def __init__(self, service: Service, path: str, answer: Answer) -> None:
        self._origin = service.origin
        self._path = path
        self._secret = (service.data_dir / "webhook-secret").read_text()
        self.url = service.origin.serve(path, answer)

    def messages(self) -> list[dict[str, Any]]:
        """What came, as far as it is signed by the service."""
        return [
            Webhook(self._secret).verify(request.content, dict(request.headers))
            for request in self._origin.requests
            if request.path == self._path
        ]

    def await_messages(self, count: int) -> list[dict[str, Any]]:
        wait_until(lambda: len(self.messages()) >= count, timeout_seconds=30)
        return self.messages()


def submit(http: httpx.Client, source: str, receiver: Receiver, **headers: str) -> dict[str, Any]:
    wanted = {"image_url": source, "parameters": {"width": 40}, "webhook_url": receiver.url}
    answer = http.post("/queue-task", json=wanted, headers=headers)
    assert answer.is_success, answer.text
    task: dict[str, Any] = answer.json()
    return task


def test_the_end_of_a_task_is_told(service: Service, http: httpx.Client) -> None:
    """With the task as everywhere, signed with the secret that lies in the data folder."""
    receiver = Receiver(service, "/hook-done", body(b""))
    task = submit(http, service.origin.serve("/hooked.jpg", body(photo(80, 60, seed=91))), receiver)
    (message,) = receiver.await_messages(1)

    assert message["type"] == "task.completed"
    assert message["data"]["task_id"] == task["task_id"]
    assert http.get(message["data"]["result"]["variants"]["image"]["url"]).is_success


def test_a_failure_is_told(service: Service, http: httpx.Client) -> None:
    """With its error."""
    receiver = Receiver(service, "/hook-failed", body(b""))
    submit(http, service.origin.url("/no-such-picture.jpg"), receiver)
    (message,) = receiver.await_messages(1)

    assert (message["type"], message["data"]["error"]["code"]) == ("task.failed", "source_not_found")


def test_each_who_shares_a_task_is_told(service: Service, http: httpx.Client) -> None:
    """Also the one who comes when it is done; and again whoever asks again."""
    first = Receiver(service, "/hook-first", body(b""))
    second = Receiver(service, "/hook-second", body(b""))
    source = service.origin.serve("/shared.jpg", body(photo(80, 60, seed=92)))
    submit(http, source, first, Prefer="wait=20")
    for expected in (1, 2):
        assert submit(http, source, second)["cached"] is True
        second.await_messages(expected)

    assert len(first.messages()) == 1
    assert {message["data"]["task_id"] for message in second.messages()} == {first.messages()[0]["data"]["task_id"]}


def test_a_message_that_is_not_taken_is_sent_again(service: Service, http: httpx.Client) -> None:
    """The second time after five seconds, under the same id; meanwhile the operator sees why."""
    receiver = Receiver(service, "/hook-busy", in_turn(failing(503), body(b"")))
    accepted = http.post("/test-webhook", json={"webhook_url": receiver.url}).json()
    receiver.await_messages(1)

    def shown() -> dict[str, Any]:
        listed = http.get("/webhook-deliveries").json()["deliveries"]
        return next(each for each in listed if each["delivery_id"] == accepted["delivery_id"])

    wait_until(lambda: shown()["error"] == "the receiver answered 503")
    assert shown()["status"] == "pending"
    receiver.await_messages(2)
    wait_until(lambda: shown()["status"] == "delivered")
    ids = [request.headers["webhook-id"] for request in service.origin.requests if request.path == "/hook-busy"]
    assert ids == [accepted["delivery_id"]] * 2


def test_a_message_can_be_sent_once_more(service: Service, http: httpx.Client) -> None:
    """By the operator; one that is unknown cannot."""
    receiver = Receiver(service, "/hook-again", body(b""))
    delivery_id = http.post("/test-webhook", json={"webhook_url": receiver.url}).json()["delivery_id"]
    receiver.await_messages(1)
    wait_until(lambda: http.post(f"/webhook-deliveries/{delivery_id}/replay").status_code == httpx.codes.ACCEPTED)

    told = receiver.await_messages(2)
    assert told[0] == told[1] == {"type": "webhook.test", "timestamp": told[0]["timestamp"], "data": None}
    unknown = http.post(f"/webhook-deliveries/msg_{'0' * 32}/replay")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "delivery_not_found")


@pytest.mark.parametrize("webhook_url", ["ftp://a/", "hook", "http://user:secret@a/", 5])
def test_a_wrong_url_is_refused(http: httpx.Client, webhook_url: object) -> None:
    """When it is submitted."""
    wanted = {"image_url": "https://example.com/a", "parameters": {"width": 1}, "webhook_url": webhook_url}
    answer = http.post("/queue-task", content=json.dumps(wanted), headers={"Content-Type": "application/json"})

    assert answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert [error["field"] for error in answer.json()["errors"]] == ["webhook_url"]
