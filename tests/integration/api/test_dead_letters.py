"""`/dead-letters`: what was given up is shown to the operator, and started again."""

from collections.abc import Iterator

import httpx
import pytest

from tests.support.toy_worker import MISSING, UNREACHABLE, ToyWorker
from tests.support.trail_keeping import keep_in_trail
from tests.support.trail_records import ended


def submitted(http: httpx.Client, url: str) -> str:
    return str(http.post("/queue-task", json={"image_url": url, "parameters": {"width": 91}}).json()["task_id"])


def end_of(http: httpx.Client, task_id: str) -> dict[str, object]:
    task: dict[str, object] = http.get(f"/task-status/{task_id}", headers={"Prefer": "wait=12"}).json()
    assert task["status"] != "pending"
    return task


def given_up(http: httpx.Client, name: str) -> str:
    task_id = submitted(http, f"{UNREACHABLE}{name}")
    end_of(http, task_id)
    return task_id


def listed(http: httpx.Client, limit: int) -> Iterator[dict[str, object]]:
    cursor: dict[str, str] = {}
    while True:
        page = http.get("/dead-letters", params={"limit": str(limit)} | cursor).json()
        assert len(page["tasks"]) <= limit
        yield from page["tasks"]
        if page["next_cursor"] is None:
            return
        cursor = {"cursor": page["next_cursor"]}


def gauge(http: httpx.Client) -> float:
    (value,) = [line for line in http.get("/metrics").text.splitlines() if line.startswith("pixelmill_dead_letters ")]
    return float(value.split()[1])


def test_what_was_given_up_is_listed_in_pages(http: httpx.Client, worker: ToyWorker) -> None:
    """With reason, attempts, times and source; a lasting failure is not among it."""
    missing = submitted(http, f"{MISSING}no-letter")
    end_of(http, missing)
    letters = [given_up(http, f"listed-{number}") for number in range(3)]
    tasks = list(listed(http, 2))
    ids = [task["task_id"] for task in tasks]
    assert [task_id for task_id in ids if task_id in letters] == letters[::-1]
    assert missing not in ids
    assert gauge(http) == len(ids)
    newest = tasks[ids.index(letters[2])]
    assert newest == http.get(f"/task-status/{letters[2]}").json()
    assert (newest["error"]["code"], newest["attempts"]) == ("source_unreachable", 3)  # type: ignore[index] # JSON
    assert newest["finished_at"]


def test_one_is_started_again(http: httpx.Client, worker: ToyWorker) -> None:
    """202 like a submission; asking again while it is pending changes nothing."""
    task_id = given_up(http, "again")
    answer = http.post(f"/dead-letters/{task_id}/requeue")
    assert (answer.status_code, answer.headers["Location"]) == (202, f"/task-status/{task_id}")
    assert (answer.json()["status"], answer.json()["attempts"], answer.json()["error"]) == ("pending", 0, None)
    assert http.post(f"/dead-letters/{task_id}/requeue").status_code == 202
    assert end_of(http, task_id)["attempts"] == 3


def test_all_are_started_again(http: httpx.Client, worker: ToyWorker) -> None:
    """A part with each call, until there is no more."""
    task_id = given_up(http, "one-of-all")
    answer = http.post("/dead-letters/requeue")
    assert answer.status_code == 200
    assert answer.json()["requeued"] >= 1
    assert answer.json()["next_cursor"] is None
    assert http.get(f"/task-status/{task_id}").json()["finished_at"] is None


def test_what_is_no_dead_letter_is_a_conflict(http: httpx.Client, worker: ToyWorker) -> None:
    """409 with the task, whether it failed for good, completed or was canceled."""
    for url in (f"{MISSING}for-good", "https://example.com/completed"):
        task_id = submitted(http, url)
        task = end_of(http, task_id)
        answer = http.post(f"/dead-letters/{task_id}/requeue")
        assert (answer.status_code, answer.json()["code"], answer.json()["task"]) == (409, "not_a_dead_letter", task)


def test_unknown_and_expired_tasks_are_told_apart(http: httpx.Client, package_database_url: str) -> None:
    """404, and 410 with what the trail still knows."""
    assert http.post(f"/dead-letters/{'1' * 32}/requeue").json()["code"] == "task_not_found"
    record = ended(92)
    keep_in_trail(package_database_url, [record])
    answer = http.post(f"/dead-letters/{record.task.task_id}/requeue")
    assert (answer.status_code, answer.json()["code"]) == (410, "task_expired")


@pytest.mark.parametrize(
    ("method", "path", "field"),
    [
        ("GET", "/dead-letters?limit=0", "limit"),
        ("GET", "/dead-letters?limit=201", "limit"),
        ("GET", "/dead-letters?cursor=nonsense", "cursor"),
        ("GET", "/dead-letters?status=failed", "status"),
        ("GET", "/dead-letters?limit=1&limit=2", "limit"),
        ("POST", "/dead-letters/requeue?cursor=nonsense", "cursor"),
        ("POST", "/dead-letters/requeue?limit=5", "limit"),
        ("POST", f"/dead-letters/{'1' * 32}/requeue?all=1", "all"),
    ],
)
def test_bad_parameters_are_refused_by_name(http: httpx.Client, method: str, path: str, field: str) -> None:
    """Never ignored."""
    answer = http.request(method, path)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
