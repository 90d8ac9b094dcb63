"""`GET /task-history`: the trail over HTTP."""

import json
import signal
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from pixelmill.api.history_export import PAGE_TASKS
from pixelmill.api.seats import MAX_EXPORTS
from pixelmill.audit.migrate import migrate
from pixelmill.audit.record import TrailRecord
from pixelmill.domain.task import Status
from tests.support.api_server import ApiServer
from tests.support.trail_keeping import fill_trail, keep_in_trail
from tests.support.trail_records import ended
from tests.support.wait import wait_until

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
    assert {ids[4], ids[0]} <= set(listed(http, host="Example.COM", limit="200"))
    assert listed(http, host="other.example") == []
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


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("/task-history", "status, since, until, source, host, cursor, limit"),
        ("/task-history/export", "status, since, until, source, host"),
        ("/dead-letters", "cursor, limit"),
        ("/webhook-deliveries", "status, task_id, limit"),
        (f"/events?task_id={'0' * 32}", "task_id"),
    ],
)
def test_who_misspells_a_parameter_learns_which_there_are(http: httpx.Client, path: str, names: str) -> None:
    """As for the fields of a body."""
    answer = http.get(httpx.URL(path).copy_merge_params({"sort": "asc"}))
    assert answer.json()["errors"] == [{"field": "sort", "detail": f"unknown field; expected one of {names}"}]


def exported(http: httpx.Client, **query: str) -> list[dict[str, Any]]:
    answer = http.get("/task-history/export", params=query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "application/x-ndjson"
    return [json.loads(line) for line in answer.text.splitlines()]


def test_an_export_has_every_task_of_every_page(http: httpx.Client, package_database_url: str) -> None:
    """In the words of the pages, the newest first, filtered as they are."""
    source = "https://example.com/export"
    records = [ended(10_000 + number, image_url=source) for number in range(PAGE_TASKS + 7)]
    records.append(ended(20_000, image_url=source, status=Status.FAILED))
    keep_in_trail(package_database_url, records)

    assert exported(http, source=source) == [record.task.model_dump(mode="json") for record in reversed(records)]
    assert [task["status"] for task in exported(http, source=source, status="failed")] == ["failed"]
    assert exported(http, source="https://example.com/never") == []


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "5"},
        {"cursor": "a"},
        {"status": "lost"},
        {"since": "yesterday"},
        *({"host": host} for host in ("a b", "https://a.example", "a.example/b", "a.example:80", "", "a@b.example")),
    ],
)
def test_an_export_that_cannot_be_is_refused_by_name(http: httpx.Client, query: dict[str, str]) -> None:
    """It has no pages."""
    answer = http.get("/task-history/export", params=query)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, next(iter(query)))


def test_an_export_does_not_keep_the_service_from_ending(redis_url: str, database_url: str, tmp_path: Path) -> None:
    """It says so in its last line."""
    migrate(database_url)
    fill_trail(database_url, rows=40_000)
    with (
        ApiServer(redis_url=redis_url, database_url=database_url, folder=tmp_path) as api,
        httpx.stream("GET", f"{api.url}/task-history/export", timeout=15) as answer,
    ):
        lines = answer.iter_lines()
        next(lines)
        api.process.send_signal(signal.SIGTERM)
        *others, last = map(json.loads, lines)
        assert len(others) < 39_000
        assert last["code"] == "service_unavailable"
        api.await_end()


def test_exports_are_few_and_make_room_when_their_readers_leave(
    redis_url: str, database_url: str, tmp_path: Path
) -> None:
    """Each holds a thread; who does not read holds no more memory than that, and no place once the connection ends."""
    migrate(database_url)
    fill_trail(database_url, rows=40_000)
    with (
        ApiServer(redis_url=redis_url, database_url=database_url, folder=tmp_path) as api,
        httpx.Client(base_url=api.url, timeout=15) as http,
        ExitStack() as readers,
    ):
        before_bytes = api.serving.memory_info().rss
        for _ in range(MAX_EXPORTS):
            assert readers.enter_context(http.stream("GET", "/task-history/export")).status_code == 200
        refused = http.get("/task-history/export")
        assert (refused.status_code, refused.json()["code"]) == (503, "too_many_exports")
        assert int(refused.headers["Retry-After"]) >= 1
        assert http.get("/task-history").status_code == 200
        assert api.serving.memory_info().rss - before_bytes < 60_000_000, "four times 40,000 rows are 160 MB"
        readers.close()
        wait_until(lambda: http.get("/task-history/export").status_code == 200, timeout_seconds=30)
