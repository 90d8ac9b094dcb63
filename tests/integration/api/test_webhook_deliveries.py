"""`GET /webhook-deliveries`: what is asked for, and what cannot be."""

import httpx
import pytest

from tests.support.tasks import a_task_id


@pytest.mark.parametrize(
    ("query", "complaint"),
    [
        (
            {"status": "completed"},
            {"field": "status", "detail": 'expected one of pending, delivered or failed, received "completed"'},
        ),
        (
            {"task_id": "mine"},
            {"field": "task_id", "detail": "expected a task id of 32 hex digits, received something else"},
        ),
        (
            {"task": a_task_id("mine")},
            {"field": "task", "detail": "unknown field; expected one of status, task_id, limit"},
        ),
    ],
)
def test_what_cannot_be_asked_for_is_refused_by_name(
    http: httpx.Client, query: dict[str, str], complaint: dict[str, str]
) -> None:
    """With what could be."""
    answer = http.get("/webhook-deliveries", params=query)
    assert (answer.status_code, answer.json()["errors"]) == (422, [complaint])


def test_no_message_is_an_empty_list(http: httpx.Client) -> None:
    """Of a task that nobody was told of."""
    query = {"status": "failed", "task_id": a_task_id("untold")}
    assert http.get("/webhook-deliveries", params=query).json() == {"deliveries": []}
