"""Rate limits over real HTTP. Every test has callers of its own; where they call from is said as nginx says it."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import http_sf
import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from pixelmill.access.keys import ApiKeys
from pixelmill.audit.migrate import migrate
from pixelmill.domain.access import CreateApiKeyRequest
from pixelmill.settings import AuditSettings
from tests.support.api_server import ApiServer
from tests.support.rate_time import let_pass
from tests.support.servers import ValkeyServer
from tests.support.silence import silent
from tests.support.toy_worker import ToyWorker

SUBMISSIONS, READS = 4, 6
LIMITS = {"PIXELMILL_API_SUBMISSIONS_PER_MINUTE": str(SUBMISSIONS), "PIXELMILL_API_READS_PER_MINUTE": str(READS)}
NDJSON = {"Content-Type": "application/x-ndjson"}
FIELDS = {"RateLimit", "RateLimit-Policy"}


@pytest.fixture(scope="module")
def limited(api: ApiServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with ApiServer(**api.servers, folder=tmp_path_factory.mktemp("limited"), **LIMITS) as server:
        yield server.url


def client_at(url: str, address: str) -> httpx.Client:
    return httpx.Client(base_url=url, timeout=15, headers={"X-Forwarded-For": address})


def a_task(name: object) -> dict[str, object]:
    return {"image_url": f"https://example.com/limited-{name}", "parameters": {"width": 100}}


def submit(http: httpx.Client, name: object) -> httpx.Response:
    return http.post("/queue-task", json=a_task(name))


def submit_batch(http: httpx.Client, *names: object) -> httpx.Response:
    return http.post("/queue-tasks", content="\n".join(json.dumps(a_task(name)) for name in names), headers=NDJSON)


def left(answer: httpx.Response) -> int:
    """Calls that are left, by the field."""
    return int(answer.headers["RateLimit"].partition(";r=")[2].partition(";")[0])


def counted(http: httpx.Client, name: str) -> dict[str, float]:
    """A metric with one label, by its values."""
    families = text_string_to_metric_families(http.get("/metrics").text)
    samples = [sample for family in families for sample in family.samples if sample.name == name]
    return {"".join(sample.labels.values()): sample.value for sample in samples}


def assert_refused(answer: httpx.Response, code: str) -> None:
    assert (answer.status_code, answer.headers["Content-Type"]) == (429, "application/problem+json"), answer.text
    problem = answer.json()
    assert (problem["code"], problem["type"]) == (code, f"urn:pixelmill:problem:{code}")
    assert problem["retryable"] is True
    assert 1 <= int(answer.headers["Retry-After"]) <= 120


def test_submissions_over_the_limit_are_refused(limited: str, package_redis_url: str) -> None:
    """Nothing is accepted of them; and who waits as long as told is let in."""
    with client_at(limited, "203.0.113.1") as http:
        assert [submit(http, n).status_code for n in range(SUBMISSIONS)] == [202] * SUBMISSIONS
        queued = counted(http, "pixelmill_submissions_total")["queued"]
        refused = submit(http, "one-more")
        assert_refused(refused, "too_many_submissions")
        assert counted(http, "pixelmill_submissions_total")["queued"] == queued
        let_pass(package_redis_url, "203.0.113.1", int(refused.headers["Retry-After"]))
        assert submit(http, "one-more").status_code == httpx.codes.ACCEPTED
        assert counted(http, "pixelmill_submissions_total")["queued"] == queued + 1


def test_who_may_not_submit_may_still_read(limited: str) -> None:
    """So that nobody submits twice what is on its way."""
    with client_at(limited, "203.0.113.2") as http:
        path = submit(http, "followed").headers["Location"]
        while submit(http, "followed").status_code != httpx.codes.TOO_MANY_REQUESTS:
            pass
        assert http.get(path).json()["status"] == "pending"


def test_who_may_not_read_may_still_submit(limited: str) -> None:
    """And is told that what was submitted goes on."""
    with client_at(limited, "203.0.113.3") as http:
        path = submit(http, "polled").headers["Location"]
        assert [http.get(path).status_code for _ in range(READS)] == [200] * READS
        refused = http.get(path)
        assert_refused(refused, "too_many_reads")
        assert "do not submit it again" in refused.json()["detail"]
        assert submit(http, "polled").status_code == httpx.codes.ACCEPTED


@pytest.mark.parametrize(
    "route",
    ["/task-status/{id}", "/task-status/{id}/events", "/events?task_id={id}", "/task-history", "/task-history/{id}"],
)
def test_every_way_to_read_is_a_read(limited: str, route: str) -> None:
    """One for each request, whatever it brings."""
    with client_at(limited, f"198.51.100.{len(route)}") as http:
        path = route.format(id="0" * 32)
        for _ in range(READS):
            assert http.get(path).status_code != httpx.codes.TOO_MANY_REQUESTS
        assert_refused(http.get(path), "too_many_reads")


def test_answers_say_what_is_left(limited: str) -> None:
    """In the fields of the draft, whether they succeed or not."""
    with client_at(limited, "203.0.113.4") as http:
        first = submit(http, "told")
        assert first.headers["RateLimit-Policy"] == f'"submissions";q={SUBMISSIONS};w=60'
        assert http_sf.parse(first.headers["RateLimit"].encode(), tltype="list") == [
            ("submissions", {"r": SUBMISSIONS - 1, "t": 60})
        ]
        assert left(http.post("/queue-task", json={})) == SUBMISSIONS - 2
        while (answer := submit(http, "told")).status_code != httpx.codes.TOO_MANY_REQUESTS:
            pass
        assert answer.headers["RateLimit"] == f'"submissions";r=0;t={answer.headers["Retry-After"]}'
        read = http.get(first.headers["Location"])
        assert read.headers["RateLimit-Policy"] == f'"reads";q={READS};w=60'
        assert left(read) == READS - 1


def test_each_line_of_a_batch_is_a_submission(limited: str) -> None:
    """A batch for which not enough are left is refused whole, and leaves them."""
    with client_at(limited, "203.0.113.5") as http:
        assert left(submit_batch(http, "line-1", "line-2")) == SUBMISSIONS - 2
        refused = submit_batch(http, "line-3", "line-4", "line-5")
        assert_refused(refused, "too_many_submissions")
        assert "None of 3 lines was accepted, as 2 are left" in refused.json()["detail"]
        queued = counted(http, "pixelmill_submissions_total")["queued"]
        assert left(submit_batch(http, "line-3", "line-4")) == 0
        assert counted(http, "pixelmill_submissions_total")["queued"] == queued + 2


def test_a_batch_that_never_fits_is_told_so(limited: str) -> None:
    """Not to come back later: the same would happen for ever. It leaves what is left."""
    with client_at(limited, "203.0.113.6") as http:
        refused = submit_batch(http, *range(SUBMISSIONS + 1))
        assert (refused.status_code, refused.json()["code"]) == (413, "request_too_large")
        assert refused.json()["retryable"] is False
        assert "Retry-After" not in refused.headers
        assert f"Expected {SUBMISSIONS} lines at most" in refused.json()["detail"]
        assert refused.headers["RateLimit-Policy"] == f'"submissions";q={SUBMISSIONS};w=60'
        assert submit_batch(http, *range(SUBMISSIONS)).status_code == httpx.codes.OK


def test_a_repeated_request_is_counted_again(limited: str) -> None:
    """With an idempotency key, too: it has to be looked up all the same."""
    with client_at(limited, "203.0.113.7") as http:
        key = {"Idempotency-Key": '"limited"'}
        answers = [http.post("/queue-task", json=a_task("repeated"), headers=key) for _ in range(2)]
        assert answers[0].content == answers[1].content
        assert [left(answer) for answer in answers] == [SUBMISSIONS - 1, SUBMISSIONS - 2]


def test_an_image_on_demand_is_a_submission(limited: str, package_redis_url: str) -> None:
    """Its redirect does not say what is left: it may be cached, and should be followed in any case."""
    query = {"image_url": "https://example.com/limited-image", "width": "100"}
    with ToyWorker(package_redis_url), client_at(limited, "203.0.113.8") as http:
        for _ in range(SUBMISSIONS):
            found = http.get("/resize", params=query)
            assert (found.status_code, FIELDS & {*found.headers}) == (302, set())
        assert_refused(http.get("/resize", params=query), "too_many_submissions")


def test_what_is_neither_is_not_counted(limited: str) -> None:
    """Canceling makes less work, and the rest is for the operator."""
    with client_at(limited, "203.0.113.9") as http:
        path = submit(http, "canceled").headers["Location"].replace("task-status", "cancel-task")
        for _ in range(2 * READS):
            assert http.post(path).status_code != httpx.codes.TOO_MANY_REQUESTS
            assert http.options("/task-history").status_code == httpx.codes.NO_CONTENT
            answer = http.get("/health")
            assert (answer.status_code, FIELDS & {*answer.headers}) == (200, set())
        assert left(submit(http, "after")) == SUBMISSIONS - 2


def test_callers_are_counted_apart(limited: str) -> None:
    """An address of IPv4, a network of IPv6."""
    for first, same, other in (
        ("203.0.113.10", "203.0.113.10", "203.0.113.11"),
        ("2001:db8:1:1::1", "2001:db8:1:1:ffff::2", "2001:db8:1:2::1"),
    ):
        for address, remaining in ((first, SUBMISSIONS - 1), (same, SUBMISSIONS - 2), (other, SUBMISSIONS - 1)):
            with client_at(limited, address) as http:
                assert left(submit(http, "apart")) == remaining


def test_keys_of_a_tenant_are_counted_together(api: ApiServer, package_database_url: str, tmp_path: Path) -> None:
    """Wherever they send from, and without a key nothing is counted."""
    with (
        ApiServer(**api.servers, folder=tmp_path, PIXELMILL_API_ACCESS="keys", **LIMITS) as locked,
        closing(ApiKeys(AuditSettings(database_url=package_database_url))) as keys,
        httpx.Client(base_url=locked.url, timeout=15) as http,
    ):

        def submit_as(tenant: str) -> httpx.Response:
            _, text = keys.create(CreateApiKeyRequest(tenant=tenant))
            return http.post("/queue-task", json=a_task("keys"), headers={"Authorization": f"Bearer {text}"})

        assert submit(http, "keys").status_code == httpx.codes.UNAUTHORIZED
        assert [left(submit_as(tenant)) for tenant in ("rates-a", "rates-a", "rates-b")] == [3, 2, 3]


def test_this_machine_is_not_counted(limited: str) -> None:
    """And reads of no limit."""
    with client_at(limited, "127.0.0.1") as http:
        answers = [submit(http, "local") for _ in range(SUBMISSIONS + 1)]
        assert [(answer.status_code, FIELDS & {*answer.headers}) for answer in answers] == [(202, set())] * 5


def test_there_is_no_limit_unless_one_is_set(api: ApiServer) -> None:
    """Nothing is told of it."""
    with client_at(api.url, "203.0.113.12") as http:
        answers = [submit(http, "unlimited") for _ in range(10)]
        assert {(answer.status_code, "RateLimit" in answer.headers) for answer in answers} == {(202, False)}


def test_processes_count_together(limited: str, api: ApiServer, tmp_path: Path) -> None:
    """Wherever nginx sends a request."""
    with (
        ApiServer(**api.servers, folder=tmp_path, **LIMITS) as other,
        client_at(limited, "203.0.113.13") as here,
        client_at(other.url, "203.0.113.13") as there,
    ):
        assert [left(submit(http, "shared")) for http in (here, there, here, there)] == [3, 2, 1, 0]
        assert_refused(submit(here, "shared"), "too_many_submissions")
        assert_refused(submit(there, "shared"), "too_many_submissions")


def test_refusals_are_measured_by_limit_alone(limited: str) -> None:
    """Addresses are no labels: there are too many of them."""
    with client_at(limited, "203.0.113.14") as http:
        for _ in range(SUBMISSIONS + 1):
            submit(http, "measured")
        before = counted(http, "pixelmill_rate_limited_total")
        submit(http, "measured")
        after = counted(http, "pixelmill_rate_limited_total")
        assert after == before | {"submissions": before["submissions"] + 1}
        assert after.keys() <= {"submissions", "reads"}
        assert "203.0.113" not in http.get("/metrics").text


@pytest.mark.parametrize("outage", ["killed", "silent"])
def test_limits_refuse_nobody_while_redis_is_away(
    outage: str, valkey: Callable[[], ValkeyServer], database_url: str, tmp_path: Path
) -> None:
    """What needs the queue is told of the queue, as soon as without limits; the history is served."""
    migrate(database_url)
    server = valkey()
    with (
        ApiServer(redis_url=server.url, database_url=database_url, folder=tmp_path, **LIMITS) as api,
        client_at(api.url, "203.0.113.15") as http,
    ):
        while submit(http, "away").status_code != httpx.codes.TOO_MANY_REQUESTS:
            pass
        if outage == "killed":
            server.kill()
            _without_redis(http)
        else:
            with silent(server.running.pid):
                _without_redis(http)


def _without_redis(http: httpx.Client) -> None:
    for _ in range(2):
        answer = submit(http, "away")
        assert (answer.status_code, answer.json()["code"]) == (503, "queue_unavailable")
        assert answer.elapsed.total_seconds() < 2.5
    for _ in range(READS + 1):
        assert http.get("/task-history").status_code == httpx.codes.OK
