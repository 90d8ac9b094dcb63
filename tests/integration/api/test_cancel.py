"""`POST /cancel-task`: what a caller is told, and what the others who share the task see."""

from concurrent.futures import ThreadPoolExecutor

import httpx
from redis import Redis

from pixelmill.audit.record import TrailRecord
from pixelmill.audit.stream import RECORD_FIELD, STREAM
from pixelmill.domain.task import Status
from tests.support.toy_worker import HELD, MISSING, ToyWorker
from tests.support.trail_keeping import keep_in_trail
from tests.support.trail_records import ended
from tests.support.wait import wait_until


def submitted(http: httpx.Client, url: str) -> str:
    return str(http.post("/queue-task", json={"image_url": url, "parameters": {"width": 90}}).json()["task_id"])


def count_canceled(http: httpx.Client) -> float:
    series = 'pixelmill_tasks_total{code="canceled",status="canceled"} '
    lines = http.get("/metrics").text.splitlines()
    return next((float(line.removeprefix(series)) for line in lines if line.startswith(series)), 0.0)


def test_a_waiting_task_is_canceled(http: httpx.Client, package_redis_url: str) -> None:
    """The answer is the task, canceled; so are its status, its entry for the trail, and the count."""
    task_id = submitted(http, "https://example.com/unwanted")
    before = count_canceled(http)
    answer = http.post(f"/cancel-task/{task_id}")
    assert answer.status_code == 200
    task = answer.json()
    assert (task["status"], task["stage"], task["error"]["code"]) == ("canceled", None, "canceled")
    assert http.get(f"/task-status/{task_id}").json() == task
    assert http.post(f"/cancel-task/{task_id}").json() == task
    assert count_canceled(http) == before + 1
    with Redis.from_url(package_redis_url, decode_responses=True) as redis:
        ((_, entry),) = redis.xrevrange(STREAM, count=1)
    record = TrailRecord.model_validate_json(entry[RECORD_FIELD])
    assert (record.task.task_id, record.task.status) == (task_id, Status.CANCELED)


def test_a_running_task_is_canceled_and_those_who_wait_are_told(http: httpx.Client, worker: ToyWorker) -> None:
    """Its worker drops it, and every long poll of it ends with it, also of those who asked for the same."""
    task_id = submitted(http, f"{HELD}unwanted")
    assert submitted(http, f"{HELD}unwanted") == task_id
    path = f"/task-status/{task_id}"
    wait_until(lambda: http.get(path).json()["stage"] == "fetching")
    with ThreadPoolExecutor() as pool:
        waiting = [pool.submit(http.get, path, headers={"Prefer": "wait=12"}) for _ in range(2)]
        canceled = http.post(f"/cancel-task/{task_id}").json()
        assert [answer.result().json() for answer in waiting] == [canceled, canceled]
    wait_until(lambda: worker.dropped == 1)


def test_a_canceled_task_is_run_again_when_it_is_submitted_again(http: httpx.Client, worker: ToyWorker) -> None:
    """At once: a cancel is remembered for nobody's request."""
    task_id = submitted(http, f"{HELD}wanted-after-all")
    wait_until(lambda: http.get(f"/task-status/{task_id}").json()["stage"] == "fetching")
    http.post(f"/cancel-task/{task_id}")
    answer = http.post("/queue-task", json={"image_url": f"{HELD}wanted-after-all", "parameters": {"width": 90}})
    assert (answer.status_code, answer.json()["status"], answer.json()["error"]) == (202, "pending", None)
    wait_until(lambda: worker.dropped == 1)
    for _ in range(3):
        worker.step()
    ended_task = http.get(f"/task-status/{task_id}", headers={"Prefer": "wait=10"}).json()
    assert ended_task["status"] == "completed"


def test_a_finished_task_is_a_conflict(http: httpx.Client, worker: ToyWorker) -> None:
    """409 with the task as it ended, completed or failed."""
    for url, status in ((f"{MISSING}finished", "failed"), ("https://example.com/finished", "completed")):
        task_id = submitted(http, url)
        task = http.get(f"/task-status/{task_id}", headers={"Prefer": "wait=10"}).json()
        answer = http.post(f"/cancel-task/{task_id}")
        assert (answer.status_code, answer.json()["code"]) == (409, "task_finished")
        assert answer.json()["task"] == task
        assert task["status"] == status


def test_an_unknown_task_is_not_found(http: httpx.Client) -> None:
    """Also one whose id no task can have."""
    for task_id in ("1" * 32, "nonsense"):
        answer = http.post(f"/cancel-task/{task_id}")
        assert (answer.status_code, answer.json()["code"]) == (404, "task_not_found")


def test_an_expired_task_is_gone(http: httpx.Client, package_database_url: str) -> None:
    """410, with what the trail still knows."""
    record = ended(91)
    keep_in_trail(package_database_url, [record])
    answer = http.post(f"/cancel-task/{record.task.task_id}")
    assert (answer.status_code, answer.json()["code"]) == (410, "task_expired")
    assert answer.json()["task"]["task_id"] == record.task.task_id


def test_other_methods_and_parameters_are_refused(http: httpx.Client) -> None:
    """By name."""
    assert http.get(f"/cancel-task/{'1' * 32}").status_code == 405
    answer = http.post(f"/cancel-task/{'1' * 32}?force=1")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "force")
