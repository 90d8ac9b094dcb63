"""`GET /task-history`: the trail over HTTP."""

import httpx
import pytest

from pixelmill.audit.record import TrailRecord
from pixelmill.domain.task import Status
from tests.support.trail_keeping import keep_in_trail
from tests.support.trail_records import ended

SOURCE = "https://example.com/history"


@pytest.fixture(scope="module")
def records(package_database_url: str) -> list[TrailRecord]:
    """Five ends of tasks, oldest first; the last one failed."""
    records = [ended(number, image_url=SOURCE) for number in range(4)]
    records.append(ended(4, image_url=SOURCE, status=Status.FAILED))
    keep_in_trail(package_database_url, records)
    return records


def listed(http: httpx.Client, **query: str) -> list[str]:
    answer = http.get("/task-history", params={"source": SOURCE} | query)
    assert answer.status_code == 200, answer.text
    return [task["task_id"] for task in answer.json()["tasks"]]


def test_pages_follow_each_other(http: httpx.Client, records: list[TrailRecord]) -> None:
    """The newest first, each once, and an end."""
    seen, query = [], {"source": SOURCE, "limit": "2"}
    while True:
        page = http.get("/task-history", params=query).json()
        seen += [task["task_id"] for task in page["tasks"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert seen == [record.task.task_id for record in reversed(records)]


def test_filters(http: httpx.Client, records: list[TrailRecord]) -> None:
    """By status, by time (from, inclusive; until, exclusive), by source in any of its forms."""
    ids = [record.task.task_id for record in records]
    third = records[2].task.queued_at
    assert listed(http, status="failed") == [ids[4]]
    assert listed(http, since=third.isoformat()) == [ids[4], ids[3], ids[2]]
    assert listed(http, until=third.isoformat().replace("+00:00", "Z")) == [ids[1], ids[0]]
    assert len(listed(http, source="HTTPS://EXAMPLE.COM:443/history")) == 5
    assert listed(http, source="sha256:" + "0" * 64) == []


def test_one_task(http: httpx.Client, records: list[TrailRecord]) -> None:
    """The task as it stands; 404 for one the trail does not have."""
    task = records[0].task
    assert http.get(f"/task-history/{task.task_id}").json() == task.model_dump(mode="json")
    for unknown in ("0" * 32, "nonsense"):
        answer = http.get(f"/task-history/{unknown}")
        assert (answer.status_code, answer.json()["code"]) == (404, "task_not_found")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("status=done", "status"),
        ("since=yesterday", "since"),
        ("until=1795491000.5", "until"),
        ("since=2026-11-24T04:30:00", "since"),
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=many", "limit"),
        ("cursor=nonsense", "cursor"),
        ("source=not%20a%20url", "source"),
        ("sort=asc", "sort"),
        ("limit=1&limit=2", "limit"),
    ],
)
def test_wrong_query_parameters_are_named(http: httpx.Client, query: str, field: str) -> None:
    """Misspelled, repeated and impossible ones alike."""
    answer = http.get(f"/task-history?{query}")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request"), answer.text
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_the_status_expected_is_told_in_words(http: httpx.Client) -> None:
    """Those of the contract, not those of the code."""
    answer = http.get("/task-history?status=done")
    assert answer.json()["errors"] == [
        {"field": "status", "detail": 'expected one of pending, completed, failed or canceled, received "done"'}
    ]
