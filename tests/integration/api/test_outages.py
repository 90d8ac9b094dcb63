"""What the api answers while Redis or Postgres is away, and that it recovers by itself."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import httpx
from httpx_sse import EventSource

from pixelmill.access.keys import ApiKeys
from pixelmill.api.history_export import PAGE_TASKS
from pixelmill.audit.migrate import migrate
from pixelmill.domain.access import CreateApiKeyRequest
from pixelmill.settings import AuditSettings
from tests.support.api_server import ApiServer
from tests.support.servers import PostgresServer, ValkeyServer
from tests.support.toy_worker import ToyWorker
from tests.support.trail_keeping import fill_trail
from tests.support.wait import wait_until

TASK = {"image_url": "https://example.com/outage", "parameters": {"width": 10}}
UNKNOWN = f"/task-status/{'0' * 32}"
PATIENCE_SECONDS = 4.0


def refused(answer: httpx.Response, code: str) -> None:
    """A passing refusal, soon."""
    assert (answer.status_code, answer.headers["Content-Type"]) == (503, "application/problem+json"), answer.text
    assert (answer.json()["code"], answer.json()["retryable"]) == (code, True)
    assert int(answer.headers["Retry-After"]) >= 1
    assert answer.elapsed.total_seconds() < PATIENCE_SECONDS


def test_redis_away(valkey: Callable[[], ValkeyServer], database_url: str, tmp_path: Path) -> None:
    """Tasks are refused within seconds, the history is served, scrapes answer; all is well again after a restart."""
    migrate(database_url)
    redis = valkey()
    with (
        ApiServer(redis_url=redis.url, database_url=database_url, folder=tmp_path) as api,
        httpx.Client(base_url=api.url, timeout=15) as http,
    ):
        path = http.post("/queue-task", json=TASK).headers["Location"]
        redis.kill()
        refused(http.post("/queue-task", json=TASK), "queue_unavailable")
        refused(http.get(path), "queue_unavailable")
        batch = http.post("/queue-tasks", json=TASK, headers={"Content-Type": "application/x-ndjson"}).json()
        assert (batch["status"], batch["problem"]["code"]) == (503, "queue_unavailable")
        assert batch["retry_after_seconds"] >= 1
        refused(http.get("/ready"), "queue_unavailable")
        assert http.get("/ready").json()["checks"] == {"queue": "unavailable", "store": "ok", "trail": "ok"}
        scrape = http.get("/metrics")
        assert scrape.status_code == 200
        assert {"pixelmill_queue_oldest_seconds NaN", "pixelmill_workers NaN"} <= set(scrape.text.splitlines())
        assert http.get("/health").status_code == http.get("/task-history").status_code == 200
        redis.start()
        wait_until(lambda: http.get("/ready").is_success, timeout_seconds=20)
        assert http.get(path).json()["status"] == "pending"
        known = http.get(path).headers["ETag"]
        assert http.get(path, headers={"Prefer": "wait=1", "If-None-Match": known}).status_code == 304


def test_the_api_starts_without_redis(valkey: Callable[[], ValkeyServer], database_url: str, tmp_path: Path) -> None:
    """It is alive, not ready, and serves once Redis is there."""
    redis = valkey()
    redis.kill()
    with (
        ApiServer(redis_url=redis.url, database_url=database_url, folder=tmp_path) as api,
        httpx.Client(base_url=api.url, timeout=15) as http,
    ):
        refused(http.get("/ready"), "queue_unavailable")
        redis.start()
        wait_until(lambda: http.post("/queue-task", json=TASK).status_code == 202, timeout_seconds=20)


def test_postgres_away(redis_url: str, postgres: Callable[[], PostgresServer], tmp_path: Path) -> None:
    """Only the history is missing; and an unknown task is not called unknown while nobody can tell."""
    trail = postgres()
    database_url = trail.create_database()
    migrate(database_url)
    with (
        ApiServer(redis_url=redis_url, database_url=database_url, folder=tmp_path) as api,
        httpx.Client(base_url=api.url, timeout=15) as http,
    ):
        assert http.get(UNKNOWN).status_code == 404
        trail.kill()
        refused(http.get("/task-history"), "trail_unavailable")
        refused(http.get(UNKNOWN), "trail_unavailable")
        ready = http.get("/ready")
        assert (ready.status_code, ready.json()["checks"]["trail"]) == (200, "unavailable")
        path = http.post("/queue-task", json=TASK).headers["Location"]
        assert http.get(path).status_code == 200
        trail.start()
        wait_until(lambda: http.get(UNKNOWN).status_code == 404, timeout_seconds=20)


def test_an_export_that_cannot_go_on_says_so(
    redis_url: str, postgres: Callable[[], PostgresServer], tmp_path: Path
) -> None:
    """In its last line: the server would end it in order, as if it were whole."""
    database = postgres()
    database_url = database.create_database()
    migrate(database_url)
    fill_trail(database_url, rows=PAGE_TASKS * 8)
    with (
        ApiServer(redis_url=redis_url, database_url=database_url, folder=tmp_path) as api,
        httpx.stream("GET", f"{api.url}/task-history/export", timeout=15) as answer,
    ):
        lines = answer.iter_lines()
        first = json.loads(next(lines))
        database.kill()
        *_, last = map(json.loads, lines)
    assert first["task_id"]
    assert (last["code"], last["status"]) == ("trail_unavailable", 503)


def test_postgres_away_where_keys_are_asked_for(
    redis_url: str, postgres: Callable[[], PostgresServer], tmp_path: Path
) -> None:
    """Keys that were known stay good; an api that never read them calls none of them wrong."""
    database = postgres()
    database_url = database.create_database()
    migrate(database_url)
    with closing(ApiKeys(AuditSettings(database_url=database_url))) as keys:
        text = keys.create(CreateApiKeyRequest(tenant="shop"))[1]

    def an_api(name: str) -> ApiServer:
        folder = tmp_path / name
        return ApiServer(redis_url=redis_url, database_url=database_url, folder=folder, PIXELMILL_API_ACCESS="keys")

    headers = {"Authorization": f"Bearer {text}"}
    with an_api("known") as known, httpx.Client(base_url=known.url, headers=headers, timeout=15) as http:
        assert http.get(UNKNOWN).status_code == 404
        database.kill()
        assert http.post("/queue-task", json=TASK).status_code == 202
        assert http.get(UNKNOWN, headers={"Authorization": "Bearer pm_made-up"}).status_code == 401
        with an_api("new") as new, httpx.Client(base_url=new.url, headers=headers, timeout=15) as late:
            refused(late.post("/queue-task", json=TASK), "api_keys_unavailable")
            database.start()
            wait_until(lambda: late.post("/queue-task", json=TASK).status_code == 202, timeout_seconds=20)


def test_a_full_queue_refuses_with_the_time_to_come_back(redis_url: str, database_url: str, tmp_path: Path) -> None:
    """503 queue_full; what is already there is still found."""
    with ApiServer(
        redis_url=redis_url, database_url=database_url, folder=tmp_path, PIXELMILL_QUEUE_MAX_WAITING="1"
    ) as api:
        assert httpx.post(f"{api.url}/queue-task", json=TASK).status_code == 202
        other = TASK | {"parameters": {"width": 11}}
        refused(httpx.post(f"{api.url}/queue-task", json=other), "queue_full")
        assert httpx.post(f"{api.url}/queue-task", json=TASK).status_code == 202


def test_a_wait_outlasts_a_restart_of_redis(
    valkey: Callable[[], ValkeyServer], database_url: str, tmp_path: Path
) -> None:
    """Whoever waits does not notice."""
    redis = valkey()
    with (
        ApiServer(redis_url=redis.url, database_url=database_url, folder=tmp_path) as api,
        httpx.Client(base_url=api.url, timeout=20) as http,
        ThreadPoolExecutor() as pool,
    ):
        path = http.post("/queue-task", json=TASK).headers["Location"]
        waiting = pool.submit(http.get, path, headers={"Prefer": "wait=6"})
        wait_until(lambda: "pixelmill_api_waiting 1.0" in http.get("/metrics").text)
        redis.restart()
        answer = waiting.result()
    assert (answer.status_code, answer.json()["status"]) == (200, "pending")
    assert answer.elapsed.total_seconds() >= 6


def test_an_event_stream_outlasts_a_restart_of_redis(
    valkey: Callable[[], ValkeyServer], database_url: str, tmp_path: Path
) -> None:
    """What has changed meanwhile is told afterwards; a new stream is refused as long as nothing can be read."""
    redis = valkey()
    with (
        ApiServer(redis_url=redis.url, database_url=database_url, folder=tmp_path) as api,
        httpx.Client(base_url=api.url, timeout=30) as http,
    ):
        path = http.post("/queue-task", json=TASK).headers["Location"] + "/events"
        with http.stream("GET", path) as response:
            events = (event for event in EventSource(response).iter_sse() if event.data)
            assert '"queued"' in next(events).data
            redis.kill()
            refused(http.get(path), "queue_unavailable")
            redis.start()
            with ToyWorker(redis.url):
                *_, last, end = events
        assert (json.loads(last.data)["status"], end.event) == ("completed", "end")
