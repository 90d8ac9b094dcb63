"""What those who run the service see: probes, metrics, logs."""

import httpx
from prometheus_client.parser import text_string_to_metric_families

from tests.support.api_server import ApiServer


def samples(http: httpx.Client) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(http.get("/metrics").text)
        for sample in family.samples
    }


def test_probes(http: httpx.Client) -> None:
    """Alive; ready, with the state of each server."""
    assert http.get("/health").json() == {"status": "ok"}
    ready = http.get("/ready")
    assert (ready.status_code, ready.json()) == (
        200,
        {"status": "ready", "checks": {"queue": "ok", "store": "ok", "trail": "ok"}},
    )


def test_the_index_lists_the_routes(http: httpx.Client) -> None:
    """Whoever finds the api finds its description."""
    index = http.get("/").json()
    assert "POST /queue-task" in index["routes"]
    assert http.get(index["docs"]).status_code == http.get(index["openapi"]).status_code == 200


def test_requests_are_counted_by_route_template(http: httpx.Client) -> None:
    """No path, id or method of a caller's becomes a label."""
    for _ in range(2):
        http.get(f"/task-status/{'1' * 32}")
    http.get("/made/up/path")
    http.request("BREW", "/queue-task")
    after = samples(http)
    labels = {"method": "GET", "route": "/task-status/<task_id>", "status": "404"}
    assert after["pixelmill_api_requests_total", frozenset(labels.items())] >= 2
    values = {value for _, pairs in after for name, value in pairs if name in {"route", "method"}}
    assert "unmatched" in values
    assert not {value for value in values if "1111" in value or "made" in value or value == "BREW"}


def test_submissions_are_counted_by_outcome(http: httpx.Client) -> None:
    """Queued, coalesced and refused."""

    def count(outcome: str) -> float:
        return samples(http).get(("pixelmill_submissions_total", frozenset({("outcome", outcome)})), 0)

    before = {outcome: count(outcome) for outcome in ("queued", "coalesced", "refused")}
    for width in (50, 50, 0):
        http.post("/queue-task", json={"image_url": "https://example.com/counted", "parameters": {"width": width}})
    assert {outcome: count(outcome) - before[outcome] for outcome in before} == dict.fromkeys(before, 1)


def test_a_scrape_has_the_depth_of_the_queue(http: httpx.Client) -> None:
    """Fresh with each scrape."""

    def waiting() -> float:
        return samples(http)["pixelmill_queue_tasks", frozenset({("state", "waiting")})]

    before = waiting()
    http.post("/queue-task", json={"image_url": "https://example.com/deep", "parameters": {"width": 50}})
    assert waiting() == before + 1


def test_each_request_is_one_line_in_the_log(http: httpx.Client, api: ApiServer) -> None:
    """With the id the caller gave, the template of the route, and nothing of its query."""
    answer = http.get(
        "/task-history", params={"source": "https://example.com/?token=secret"}, headers={"X-Request-Id": "mine-1"}
    )
    assert answer.headers["X-Request-Id"] == "mine-1"
    (line,) = [event for event in api.events("request_answered") if event["request_id"] == "mine-1"]
    assert (line["role"], line["method"], line["route"], line["status"]) == ("api", "GET", "/task-history", 200)
    assert line["duration_ms"] > 0
    assert "secret" not in api.log.read_text()


def test_an_id_that_could_forge_a_log_is_replaced(http: httpx.Client) -> None:
    """Ids come from outside."""
    for given in ("a b", "x" * 65, '"}', ""):
        answered = http.get("/health", headers={"X-Request-Id": given}).headers["X-Request-Id"]
        assert answered != given
        assert len(answered) == 32
