"""`POST /queue-tasks` over real HTTP: many requests in one."""

import json
from typing import Any

import httpx
import pytest

from tests.support.toy_worker import ToyWorker

NDJSON = {"Content-Type": "application/x-ndjson"}


def a_request(name: str, **more: object) -> dict[str, object]:
    return {"image_url": f"https://example.com/{name}", "parameters": {"width": 100}} | more


def submit(http: httpx.Client, *lines: object) -> list[dict[str, Any]]:
    content = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    answer = http.post("/queue-tasks", content=content, headers=NDJSON, timeout=60)
    assert answer.status_code == httpx.codes.OK, answer.text
    assert answer.headers["Content-Type"] == "application/x-ndjson"
    return [json.loads(line) for line in answer.text.splitlines()]


def test_each_line_has_its_own_outcome(http: httpx.Client) -> None:
    """In order; what is wrong with one is no matter to the others, and is said as it would be alone."""
    outcomes = submit(http, a_request("batch-1"), "{", a_request("batch-2", priority="soon"), a_request("batch-1"))

    assert [outcome["line"] for outcome in outcomes] == [1, 2, 3, 4]
    assert [outcome["status"] for outcome in outcomes] == [202, 400, 422, 202]
    assert outcomes[0]["task"]["task_id"] == outcomes[3]["task"]["task_id"]
    assert outcomes[1]["problem"]["code"] == "malformed_request"
    assert [error["field"] for error in outcomes[2]["problem"]["errors"]] == ["priority"]
    alone = http.get(f"/task-status/{outcomes[0]['task']['task_id']}").json()
    assert outcomes[0]["task"] == alone, "a task looks the same everywhere"


def test_a_task_that_is_done_is_answered_at_once(http: httpx.Client, worker: ToyWorker) -> None:
    """As by a submission alone."""
    http.post("/queue-task", json=a_request("batch-done"), headers={"Prefer": "wait=10"})
    (outcome,) = submit(http, a_request("batch-done"))

    assert (outcome["status"], outcome["task"]["cached"]) == (200, True)


def test_a_thousand_lines_are_taken(http: httpx.Client) -> None:
    """And not one more."""
    lines = [a_request(f"batch-of-many-{number}") for number in range(1000)]
    outcomes = submit(http, *lines)
    assert {outcome["status"] for outcome in outcomes} == {202}
    assert len({outcome["task"]["task_id"] for outcome in outcomes}) == 1000

    content = "\n".join(map(json.dumps, [*lines, a_request("one-more")]))
    refused = http.post("/queue-tasks", content=content, headers=NDJSON)
    assert (refused.status_code, refused.json()["code"]) == (413, "request_too_large")


def test_a_line_may_ask_for_markup(http: httpx.Client, worker: ToyWorker) -> None:
    """Of its variants; without them the line is refused, as it would be alone."""
    line = {"image_url": "https://example.com/batch-markup", "variants": {"a": {"width": 7}}, "markup": True}
    made, refused = submit(http, line, a_request("batch-one-image", markup=True))

    task = http.get(f"/task-status/{made['task']['task_id']}", headers={"Prefer": "wait=10"}).json()
    assert task["result"]["markup"]["picture"].startswith("<picture>")
    assert (refused["status"], [error["field"] for error in refused["problem"]["errors"]]) == (422, ["markup"])


@pytest.mark.parametrize(
    ("content", "content_type", "status"),
    [(b"", "application/x-ndjson", 400), (b"\n\n", "application/x-ndjson", 400), (b"{}", "application/json", 415)],
)
def test_what_is_no_batch_is_refused(http: httpx.Client, content: bytes, content_type: str, status: int) -> None:
    """As a whole."""
    assert http.post("/queue-tasks", content=content, headers={"Content-Type": content_type}).status_code == status


def test_a_batch_over_the_limit_is_refused(http: httpx.Client) -> None:
    """Before it is read as JSON."""
    answer = http.post("/queue-tasks", content=b"x" * (4 * 1024 * 1024 + 1), headers=NDJSON)

    assert (answer.status_code, answer.json()["code"]) == (413, "request_too_large")
