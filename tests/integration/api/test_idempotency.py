"""`Idempotency-Key` over real HTTP."""

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.support.toy_worker import MISSING, ToyWorker

Part = tuple[str | None, bytes | str] | tuple[str | None, bytes | str, str]
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40


def submit(http: httpx.Client, key: str, url: str, **more: object) -> httpx.Response:
    task = {"image_url": url, "parameters": {"width": 100}} | more
    return http.post("/queue-task", json=task, headers={"Idempotency-Key": f'"{key}"'})


def test_the_same_request_gets_the_same_answer(http: httpx.Client, worker: ToyWorker) -> None:
    """Status, body and where to follow the task, although that has ended since."""
    url = "https://example.com/same-answer"
    first = submit(http, "same-answer", url)
    assert http.get(first.headers["Location"], headers={"Prefer": "wait=10"}).json()["status"] == "completed"
    again = submit(http, "same-answer", url)
    assert (first.status_code, again.status_code) == (202, 202)
    assert again.content == first.content
    for name in ("Location", "ETag", "Retry-After"):
        assert again.headers[name] == first.headers[name]


def test_whoever_waits_gets_the_task_at_its_end(http: httpx.Client, worker: ToyWorker) -> None:
    """Waiting is no part of what is done once: it is done each time it is asked for."""
    task = {"image_url": "https://example.com/waits", "parameters": {"width": 100}}
    headers = {"Idempotency-Key": '"waits"', "Prefer": "wait=10"}
    answers = [http.post("/queue-task", json=task, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].content == answers[1].content


def test_another_request_is_refused(http: httpx.Client) -> None:
    """422, and the task of the first one is untouched."""
    assert submit(http, "another", "https://example.com/one").status_code == 202
    answer = submit(http, "another", "https://example.com/two")
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert (answer.json()["retryable"], "Retry-After" in answer.headers) == (False, False)


def test_a_mistake_may_be_corrected_under_its_key(http: httpx.Client) -> None:
    """What was refused has done nothing."""
    assert submit(http, "corrected", "https://example.com/corrected", refresh=1).status_code == 422
    assert submit(http, "corrected", "https://example.com/corrected", refresh=True).status_code == 202


def test_uploads_count_by_their_bytes(http: httpx.Client) -> None:
    """Not by the boundary or the file's name."""
    task = (None, '{"parameters": {"width": 7}}', "application/json")

    def upload(name: str, content: bytes) -> httpx.Response:
        files: dict[str, Part] = {"image": (name, content), "task": task}
        return http.post("/queue-task", files=files, headers={"Idempotency-Key": '"upload"'})

    first = upload("a.png", PNG)
    assert upload("b.png", PNG).content == first.content
    assert upload("a.png", PNG + b"x").json()["code"] == "idempotency_key_reused"


def test_many_at_once_are_one(http: httpx.Client) -> None:
    """Each gets the answer of the first, or is told to come back for it."""
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: submit(http, "at-once", "https://example.com/at-once"), range(8)))
    answered = [answer for answer in answers if answer.status_code == 202]
    assert len({answer.content for answer in answered}) == 1
    for refused in (answer for answer in answers if answer not in answered):
        assert (refused.status_code, refused.json()["code"]) == (409, "idempotency_key_in_use")
        assert (refused.json()["retryable"], refused.headers["Retry-After"]) == (True, "1")


def test_a_failed_task_is_an_answer_too(http: httpx.Client, worker: ToyWorker) -> None:
    """A lasting failure answers an equal request, and is kept like any answer."""
    url = f"{MISSING}kept"
    http.get(submit(http, "before", url).headers["Location"], headers={"Prefer": "wait=10"})
    first = submit(http, "failed", url)
    assert (first.status_code, first.json()["status"]) == (200, "failed")
    assert submit(http, "failed", url).content == first.content


@pytest.mark.parametrize("header", ["unquoted", '""', '"a", "b"', f'"{"a" * 256}"'])
def test_a_bad_key_is_refused_by_name(http: httpx.Client, header: str) -> None:
    """400: the header cannot be read."""
    task = {"image_url": "https://example.com/bad-key", "parameters": {"width": 100}}
    answer = http.post("/queue-task", json=task, headers={"Idempotency-Key": header})
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_request")
    assert answer.json()["detail"].startswith("Idempotency-Key: expected a string in quotes")
