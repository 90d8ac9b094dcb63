"""`GET /task-status`: versions, long polls, and tasks that are gone."""

import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.support.toy_worker import HELD, ToyWorker
from tests.support.trail_keeping import keep_in_trail
from tests.support.trail_records import ended


def submitted(http: httpx.Client, url: str) -> str:
    answer = http.post("/queue-task", json={"image_url": url, "parameters": {"width": 100}})
    return f"/task-status/{answer.json()['task_id']}"


def test_a_known_version_is_not_sent_again(http: httpx.Client) -> None:
    """304 without a body for the version the caller has, however a proxy weakened its tag."""
    path = submitted(http, "https://example.com/known-version")
    etag = http.get(path).headers["ETag"]
    for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        answer = http.get(path, headers={"If-None-Match": known})
        assert (answer.status_code, answer.content, answer.headers["ETag"]) == (304, b"", etag)
    assert http.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


def test_a_conditional_wait_sees_every_stage(http: httpx.Client, worker: ToyWorker) -> None:
    """Waiting with the last version answers at each change, to the end."""
    path = submitted(http, f"{HELD}every-stage")
    answer = http.get(path)
    seen = []
    while answer.json()["status"] == "pending":
        seen.append(answer.json()["stage"])
        if seen[-1] != "queued":
            worker.step()
        answer = http.get(path, headers={"Prefer": "wait=10", "If-None-Match": answer.headers["ETag"]})
        assert answer.status_code == 200
        assert answer.headers.get("Preference-Applied") in {"wait=10", None}
    assert [stage for stage in seen if stage != "queued"] == ["fetching", "transforming", "storing"]
    assert answer.json()["status"] == "completed"


def test_a_conditional_wait_without_a_change_ends_with_304(http: httpx.Client) -> None:
    """The wait is honored, and nothing is sent twice."""
    path = submitted(http, "https://example.com/no-change")
    started = time.monotonic()
    answer = http.get(path, headers={"Prefer": "wait=1", "If-None-Match": http.get(path).headers["ETag"]})
    assert (answer.status_code, answer.headers["Preference-Applied"]) == (304, "wait=1")
    assert 0.9 < time.monotonic() - started < 5


def test_preferences_of_several_lines_are_one_list(http: httpx.Client) -> None:
    """As RFC 7240 has it: a proxy may write one line for each."""
    path = submitted(http, "https://example.com/two-lines")
    answer = http.get(path, headers=[("Prefer", "respond-async"), ("Prefer", "wait=1")])
    assert (answer.status_code, answer.headers["Preference-Applied"]) == (200, "wait=1")


def test_an_unconditional_wait_ends_with_the_task(http: httpx.Client, worker: ToyWorker) -> None:
    """Stages do not wake it; the end does, at once."""
    path = submitted(http, f"{HELD}unconditional")
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(http.get, path, headers={"Prefer": "wait=10"})
        for _ in range(3):
            assert not waiting.done()
            worker.step()
        answer = waiting.result(timeout=10)
    assert (answer.json()["status"], answer.json()["stage"]) == ("completed", None)
    assert "Retry-After" not in answer.headers


def test_an_ended_task_is_never_waited_for(http: httpx.Client, worker: ToyWorker) -> None:
    """Nothing more happens to it: the answer comes at once, 304 if it is known."""
    path = submitted(http, "https://example.com/ended")
    etag = http.get(path, headers={"Prefer": "wait=10"}).headers["ETag"]
    started = time.monotonic()
    assert http.get(path, headers={"Prefer": "wait=10", "If-None-Match": etag}).status_code == 304
    assert time.monotonic() - started < 5


def test_waits_leave_threads_for_the_rest(http: httpx.Client) -> None:
    """With 8 threads at most 6 wait; those beyond are answered at once, and so is everybody else."""
    path = submitted(http, "https://example.com/many-waits")
    with ThreadPoolExecutor(12) as pool:
        started = time.monotonic()
        waiting = [pool.submit(http.get, path, headers={"Prefer": "wait=3"}) for _ in range(12)]
        assert http.get("/health").elapsed.total_seconds() < 1
        answers = [wait.result() for wait in waiting]
    assert sum("Preference-Applied" in answer.headers for answer in answers) == 6
    assert time.monotonic() - started < 10
    assert {answer.status_code for answer in answers} == {200}


@pytest.mark.parametrize("task_id", ["0" * 32, "x", "F" * 32, "0" * 33, "%00", "a%2Fb"])
def test_an_unknown_or_malformed_id_is_not_found(http: httpx.Client, task_id: str) -> None:
    """An id of another form is one that no task has."""
    answer = http.get(f"/task-status/{task_id}")
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/problem+json")
    assert answer.json()["code"] in {"task_not_found", "route_not_found"}


def test_an_expired_task_is_gone_with_what_is_known(http: httpx.Client, package_database_url: str) -> None:
    """410 carries the task as the trail has it."""
    record = ended(4100)
    keep_in_trail(package_database_url, [record])
    answer = http.get(f"/task-status/{record.task.task_id}")
    assert (answer.status_code, answer.json()["code"]) == (410, "task_expired")
    assert answer.json()["task"] == record.task.model_dump(mode="json")


def test_query_parameters_are_refused_by_name(http: httpx.Client) -> None:
    """`?wait=10` is a mistake for the header, not something to ignore."""
    answer = http.get(f"/task-status/{'0' * 32}", params={"wait": "10"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "wait")
