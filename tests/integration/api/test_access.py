"""An api that asks for keys: who may do what, and who sees what."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from httpx_sse import EventSource

from pixelmill.access.keys import ApiKeys
from pixelmill.access.known_keys import REFRESH_SECONDS
from pixelmill.domain.access import CreateApiKeyRequest, Scope
from pixelmill.domain.signature import signature_of
from pixelmill.settings import AuditSettings
from tests.support.api_server import ApiServer
from tests.support.toy_worker import HELD, UNREACHABLE, ToyWorker
from tests.support.trail_keeping import keep_in_trail
from tests.support.trail_records import ended
from tests.support.wait import wait_until

SIGNING_KEY = "a-key-to-sign-addresses-with"
UNKNOWN_ID = "0" * 32


@dataclass(frozen=True)
class Doors:
    """The api, and who stands before it: each with a key of their own."""

    server: ApiServer
    shop: httpx.Client
    shop_again: httpx.Client
    reader: httpx.Client
    press: httpx.Client
    operator: httpx.Client
    stranger: httpx.Client


@pytest.fixture(scope="module")
def keys(package_database_url: str) -> Iterator[ApiKeys]:
    with closing(ApiKeys(AuditSettings(database_url=package_database_url))) as keys:
        yield keys


@pytest.fixture(scope="module")
def locked(
    package_redis_url: str, package_database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ApiServer]:
    with ApiServer(
        redis_url=package_redis_url,
        database_url=package_database_url,
        folder=tmp_path_factory.mktemp("locked"),
        PIXELMILL_API_ACCESS="keys",
        PIXELMILL_WEBHOOK_SECRETS="whsec_" + "a" * 32,
    ) as server:
        yield server


@pytest.fixture(scope="module")
def doors(locked: ApiServer, keys: ApiKeys) -> Iterator[Doors]:
    with ExitStack() as opened:

        def caller(tenant: str, *scopes: Scope) -> httpx.Client:
            _, text = keys.create(CreateApiKeyRequest(tenant=tenant, scopes=frozenset(scopes)))
            headers = {"Authorization": f"Bearer {text}"}
            return opened.enter_context(httpx.Client(base_url=locked.url, headers=headers, timeout=15))

        yield Doors(
            server=locked,
            shop=caller("shop", Scope.SUBMIT, Scope.READ),
            shop_again=caller("shop", Scope.SUBMIT, Scope.READ),
            reader=caller("shop", Scope.READ),
            press=caller("press", Scope.SUBMIT, Scope.READ),
            operator=caller("ops", Scope.OPERATE),
            stranger=opened.enter_context(httpx.Client(base_url=locked.url, timeout=15)),
        )


def submitted(http: httpx.Client, url: str, **more: object) -> dict[str, Any]:
    answer = http.post("/queue-task", json={"image_url": url, "parameters": {"width": 9}} | more)
    assert answer.is_success, answer.text
    task: dict[str, Any] = answer.json()
    return task


def refusal(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["Content-Type"] == "application/problem+json"
    return answer.status_code, answer.json()["code"]


def every_locked_operation(document: dict[str, Any]) -> Iterator[tuple[str, str, list[str]]]:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if operation["security"]:
                yield method, path, operation["security"][0]["api_key"]


def test_whatever_takes_a_key_refuses_whoever_shows_none(doors: Doors) -> None:
    """As its description says, and with a hint how to do better."""
    operations = list(every_locked_operation(doors.stranger.get("/openapi.json").json()))
    assert len(operations) > 15
    for method, path, _ in operations:
        answer = doors.stranger.request(method, path.replace("{task_id}", UNKNOWN_ID))
        assert refusal(answer) == (401, "api_key_required"), path
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="pixelmill"'


def test_a_key_opens_what_its_scopes_say_and_nothing_else(doors: Doors) -> None:
    """Operators do not submit, submitters do not operate, unless their key has that scope, too."""
    having = {"read": doors.reader, "operate": doors.operator}
    for method, path, (scope,) in every_locked_operation(doors.stranger.get("/openapi.json").json()):
        for other in set(having) - {scope}:
            answer = having[other].request(method, path.replace("{task_id}", UNKNOWN_ID))
            assert refusal(answer) == (403, "insufficient_scope"), path
            assert 'error="insufficient_scope"' in answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize(
    "shown",
    ["Bearer pm_000000000000_made-up", "Bearer " + "x" * 5000, "Basic cG1fOng=", "pm_x", "Bearer", "Bearer ä"],
    ids=lambda shown: shown[:20],
)
def test_what_is_no_key_of_ours_is_refused(doors: Doors, shown: str) -> None:
    """Whatever it looks like."""
    answer = doors.stranger.get("/task-history", headers={b"Authorization": shown.encode()})
    assert refusal(answer)[0] == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("path", ["/health", "/ready", "/metrics", "/openapi.json", "/docs", "/"])
def test_probes_and_descriptions_take_no_key(doors: Doors, path: str) -> None:
    """Prometheus and load balancers have none."""
    assert doors.stranger.get(path).status_code == 200


def test_all_keys_of_a_tenant_share_its_tasks_and_tenants_share_none(doors: Doors) -> None:
    """Equal requests of two tenants are two tasks: neither learns what the other has."""
    url = "https://example.com/shared.jpg"
    mine, mine_again, other = (submitted(http, url) for http in (doors.shop, doors.shop_again, doors.press))

    assert mine["task_id"] == mine_again["task_id"] != other["task_id"]
    assert (mine["tenant"], other["tenant"]) == ("shop", "press")


def test_a_task_of_another_tenant_does_not_exist(doors: Doors, worker: ToyWorker) -> None:
    """Not its status, not its events, not in the history; and nobody else cancels it."""
    del worker
    task_id = submitted(doors.shop, f"{HELD}foreign")["task_id"]
    for method, path in (
        ("GET", f"/task-status/{task_id}"),
        ("GET", f"/task-status/{task_id}/events"),
        ("GET", f"/task-history/{task_id}"),
        ("POST", f"/cancel-task/{task_id}"),
    ):
        never_was = doors.press.request(method, path.replace(task_id, UNKNOWN_ID))
        foreign = doors.press.request(method, path)
        assert refusal(foreign) == refusal(never_was) == (404, "task_not_found"), path
        assert foreign.json()["detail"] == never_was.json()["detail"]
    assert doors.shop.get(f"/task-status/{task_id}").json()["status"] == "pending"
    assert doors.shop.post(f"/cancel-task/{task_id}").json()["status"] == "canceled"


def test_events_of_another_tenants_task_are_never_told(doors: Doors) -> None:
    """In a stream of several it is gone from the start; nor is its end told."""
    foreign = submitted(doors.shop, "https://example.com/events-foreign.jpg")["task_id"]
    own = submitted(doors.press, "https://example.com/events-own.jpg")["task_id"]
    told = []
    with doors.press.stream("GET", "/events", params={"task_id": [foreign, own]}) as response:
        for event in EventSource(response).iter_sse():
            told.append((event.event, json.loads(event.data).get("task_id")))
            if len(told) == 2:
                doors.shop.post(f"/cancel-task/{foreign}")
                doors.press.post(f"/cancel-task/{own}")
    assert sorted(told) == sorted([("gone", foreign), ("message", own), ("message", own), ("end", None)])


def test_the_history_is_that_of_the_tenant(doors: Doors, package_database_url: str) -> None:
    """Nobody else's is on its pages."""
    records = {tenant: ended(number, tenant=tenant) for number, tenant in enumerate(("shop", "press"), start=900)}
    keep_in_trail(package_database_url, list(records.values()))

    def listed(http: httpx.Client) -> set[str]:
        return {task["task_id"] for task in http.get("/task-history", params={"limit": 200}).json()["tasks"]}

    ids = {tenant: record.task.task_id for tenant, record in records.items()}
    assert ids["shop"] in listed(doors.shop)
    assert ids["press"] not in listed(doors.shop)
    assert ids["press"] in listed(doors.press)


def test_an_operator_sees_the_tasks_of_all(doors: Doors, worker: ToyWorker) -> None:
    """Dead letters are theirs to start again, whoever submitted them."""
    del worker
    task_id = submitted(doors.shop, f"{UNREACHABLE}dead")["task_id"]
    wait_until(
        lambda: task_id in [task["task_id"] for task in doors.operator.get("/dead-letters").json()["tasks"]],
        timeout_seconds=30,
    )
    assert doors.operator.post(f"/dead-letters/{task_id}/requeue").json()["tenant"] == "shop"


def test_a_key_may_say_who_is_told(doors: Doors, keys: ApiKeys, worker: ToyWorker) -> None:
    """A task that names somebody itself tells them, and not the key's."""
    del worker
    wanted = CreateApiKeyRequest(tenant="told", webhook_url="https://hooks.example/key")
    headers = {"Authorization": f"Bearer {keys.create(wanted)[1]}"}
    with httpx.Client(base_url=doors.server.url, headers=headers) as http:
        for name, more in {"key": {}, "task": {"webhook_url": "https://hooks.example/task"}}.items():
            task_id = submitted(http, f"{HELD}told-by-{name}", **more)["task_id"]
            assert http.post(f"/cancel-task/{task_id}").is_success

    def told() -> set[str]:
        listed = doors.operator.get("/webhook-deliveries").json()["deliveries"]
        return {each["webhook_url"] for each in listed if "hooks.example" in each["webhook_url"]}

    wait_until(lambda: told() == {"https://hooks.example/key", "https://hooks.example/task"}, timeout_seconds=10)


def test_keys_are_made_used_and_revoked_through_the_api(doors: Doors) -> None:
    """A new one is good at once, a revoked one is not within seconds."""
    made = doors.operator.post("/api-keys", json={"tenant": "new", "scopes": ["read"]})
    assert made.status_code == 201
    assert made.headers["Cache-Control"] == "no-store"
    headers = {"Authorization": f"Bearer {made.json()['text']}"}
    assert doors.stranger.get("/task-history", headers=headers).is_success

    listed = doors.operator.get("/api-keys").json()["api_keys"][0]
    assert listed == {name: value for name, value in made.json().items() if name != "text"}
    assert doors.operator.post(f"/api-keys/{listed['key_id']}/revoke").json()["revoked_at"] is not None
    wait_until(
        lambda: doors.stranger.get("/task-history", headers=headers).status_code == 401,
        timeout_seconds=REFRESH_SECONDS * 5,
    )


@pytest.mark.parametrize("key_id", ["0" * 12, "no id", "0"])
def test_a_key_that_was_never_made_is_not_found(doors: Doors, key_id: str) -> None:
    """Whatever its id looks like."""
    assert refusal(doors.operator.post(f"/api-keys/{key_id}/revoke")) == (404, "api_key_not_found")


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"tenant": "No!"}, "tenant"),
        ({}, "tenant"),
        ({"tenant": "a", "scopes": []}, "scopes"),
        ({"tenant": "a", "scopes": ["all"]}, "scopes"),
        ({"tenant": "a", "scopes": ["read", "read"]}, "scopes"),
        ({"tenant": "a", "webhook_url": "ftp://example.com"}, "webhook_url"),
        ({"tenant": "a", "admin": True}, "admin"),
    ],
    ids=str,
)
def test_a_key_that_makes_no_sense_is_refused_by_name(doors: Doors, wanted: dict[str, object], field: str) -> None:
    """As every request is."""
    answer = doors.operator.post("/api-keys", json=wanted)
    assert refusal(answer) == (422, "invalid_request")
    assert answer.json()["errors"][0]["field"].startswith(field)


def test_where_no_keys_are_asked_for_nobody_makes_any(http: httpx.Client) -> None:
    """They would stay good when the service begins to ask for keys."""
    for answer in (http.get("/api-keys"), http.post("/api-keys", json={"tenant": "thief"})):
        assert refusal(answer) == (403, "insufficient_scope")


def test_where_no_keys_are_asked_for_a_task_has_no_tenant(http: httpx.Client) -> None:
    """And a key that is shown all the same is not looked at."""
    answer = http.post(
        "/queue-task",
        json={"image_url": "https://example.com/free.jpg", "parameters": {"width": 9}},
        headers={"Authorization": "Bearer pm_whatever"},
    )
    assert answer.status_code == 202
    assert "tenant" not in answer.json()


def test_resize_takes_a_key_where_urls_are_not_signed(doors: Doors, worker: ToyWorker) -> None:
    """And what a key gets is not kept by caches for others."""
    del worker
    path = "/resize?image_url=https%3A%2F%2Fexample.com%2Fa.jpg&width=9"
    assert refusal(doors.stranger.get(path)) == (401, "api_key_required")
    answer = doors.shop.get(path)
    assert answer.status_code == 302
    assert answer.headers["Cache-Control"].startswith("private, max-age=")


def test_a_signed_url_is_its_own_permission(
    package_redis_url: str, package_database_url: str, tmp_path: Path, worker: ToyWorker
) -> None:
    """A browser that loads an image has no key."""
    del worker
    with ApiServer(
        redis_url=package_redis_url,
        database_url=package_database_url,
        folder=tmp_path,
        PIXELMILL_API_ACCESS="keys",
        PIXELMILL_API_SIGNING_KEYS=SIGNING_KEY,
    ) as server:
        query = {"image_url": "https://example.com/signed.jpg", "width": "9"}
        assert httpx.get(f"{server.url}/resize", params=query).status_code == 403
        answer = httpx.get(f"{server.url}/resize", params=query | {"signature": signature_of(query, SIGNING_KEY)})
        assert answer.status_code == 302
        assert answer.headers["Cache-Control"].startswith("public, max-age=")
        assert httpx.get(f"{server.url}/task-history").status_code == 401


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:8080", "127.0.0.1", "127.0.0.1:1", "[::1]:8080"], ids=lambda host: host
)
def test_a_service_without_keys_is_used_by_its_machine(http: httpx.Client, host: str) -> None:
    """Under each of its names, also by a page that its own user has opened."""
    headers = {"Host": host, "Sec-Fetch-Site": "same-origin"}
    assert http.get("/task-history", headers=headers).status_code == 200
    assert http.post("/dead-letters/requeue", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8080", "192.0.2.1", "[::1", "a:b", "[::2]:80"],
)
def test_a_name_that_was_made_to_resolve_to_this_machine_reads_nothing(http: httpx.Client, host: str) -> None:
    """DNS rebinding: the browser takes the service for the other site's own."""
    for method, path in (("GET", "/task-history"), ("GET", "/overview"), ("POST", "/queue-task")):
        assert refusal(http.request(method, path, headers={"Host": host})) == (403, "foreign_request"), path
    assert http.get("/health", headers={"Host": host}).status_code == 200


def test_a_form_of_another_site_does_nothing(http: httpx.Client) -> None:
    """A browser sends it without asking, and says where it comes from. A picture in a page is no harm."""
    headers = {"Sec-Fetch-Site": "cross-site"}
    for path in ("/dead-letters/requeue", "/queue-task", f"/cancel-task/{UNKNOWN_ID}"):
        assert refusal(http.post(path, headers=headers)) == (403, "foreign_request"), path
    assert http.get("/task-history", headers=headers).status_code == 200


def test_where_keys_are_asked_for_any_name_will_do(doors: Doors) -> None:
    """It is the public's: what counts is the key, which no browser shows by itself."""
    headers = {"Host": "images.example", "Sec-Fetch-Site": "cross-site"}
    wanted = {"image_url": "https://example.com/any-name.jpg", "parameters": {"width": 9}}
    answer = doors.shop.post("/queue-task", json=wanted, headers=headers)
    assert answer.headers["Location"].startswith("/task-status/")
    assert "images.example" not in answer.text
    assert refusal(doors.stranger.get("/task-history", headers=headers)) == (401, "api_key_required")
