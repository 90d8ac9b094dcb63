"""`GET /overview`: what an operator sees at a glance."""

import httpx

from tests.support.api_server import ApiServer
from tests.support.toy_worker import ToyWorker
from tests.support.wait import wait_until


def test_the_service_at_a_glance(http: httpx.Client, worker: ToyWorker) -> None:
    """Counts by state, how fast it drains, how tasks fared; a task that ends is in it within a second or two."""
    before = http.get("/overview")
    assert before.status_code == httpx.codes.OK
    assert set(before.json()["queue"]) == {"waiting", "active", "retrying", "completed", "failed"}
    assert before.json()["lately"] is not None

    request = {"image_url": "https://example.com/glanced-at", "parameters": {"width": 60}}
    assert http.post("/queue-task", json=request, headers={"Prefer": "wait=10"}).json()["status"] == "completed"

    wait_until(lambda: http.get("/overview").json()["ended_last_minute"] > before.json()["ended_last_minute"], 5)


def test_workers_are_counted(http: httpx.Client, api: ApiServer, worker: ToyWorker) -> None:
    """In the overview and in the metrics; one that ends is gone from the next look."""
    assert worker

    def told() -> tuple[dict[str, int], bool]:
        return http.get("/overview").json()["workers"], "pixelmill_workers 2.0" in http.get("/metrics").text

    with ToyWorker(api.servers["redis_url"]):
        wait_until(lambda: told() == ({"alive": 2, "concurrency": 64}, True), 5)
    wait_until(lambda: told() == ({"alive": 1, "concurrency": 32}, False), 5)


def test_many_who_look_cost_one_count(http: httpx.Client) -> None:
    """Within a second all see the same."""
    answers = {http.get("/overview").text for _ in range(5)}

    assert len(answers) <= 2  # a second may begin in between


def test_it_has_no_parameters(http: httpx.Client) -> None:
    """One that is given is refused by name."""
    assert http.get("/overview?since=now").status_code == httpx.codes.UNPROCESSABLE_ENTITY
