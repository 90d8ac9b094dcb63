"""What the public sees: the page, results under one shape of path, the api, and problems in one form."""

import json
import os
import re
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from pixelmill.domain.errors import CATALOGUE
from tests.support.front import Answer, Front
from tests.support.ports import free_port
from tests.support.wait import wait_until

TASK = "20261124T0430/0123456789abcdef0123456789abcdef/0a1b2c3d4e5f"
IMAGE = f"/images/{TASK}/image.webp"


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    folder = tmp_path_factory.mktemp("front")
    (folder / "frontend" / "js").mkdir(parents=True)
    (folder / "frontend" / "index.html").write_text("<!doctype html><title>Pixelmill</title>" + " " * 2000)
    (folder / "frontend" / "js" / "app.js").write_text("// the page\n")
    (folder / "frontend" / ".secret").write_text("secret")
    results = folder / "results" / TASK
    results.mkdir(parents=True)
    for name in (
        "image.webp",
        "image.avif",
        "image.jpeg",
        "image.jpg",
        "image.png",
        "image.gif",
        ".image.webp",
        "x.webp.part",
    ):
        (results / name).write_bytes(b"bytes of " + name.encode())
    with Front(folder, free_port()) as front:
        yield front


@pytest.fixture
def http(front: Front) -> Iterator[httpx.Client]:
    front.api.answer = Answer()
    front.api.requests.clear()
    with httpx.Client(base_url=front.base_url, timeout=10) as client:
        yield client


def assert_problem(response: httpx.Response, status: int, code: str) -> None:
    """Problem details with a code of the catalogue, its title, and nothing of the request in it."""
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["type"] == f"urn:pixelmill:problem:{code}"
    assert problem["title"] == CATALOGUE[code].title
    assert problem["retryable"] is CATALOGUE[code].retryable
    assert problem["request_id"] == response.headers["x-request-id"]


def raw(front: Front, request: bytes) -> httpx.Response:
    """Send bytes that no client library would; read the answer."""
    url = httpx.URL(front.base_url)
    with socket.create_connection((url.host, url.port or 80), timeout=10) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    status_line, *lines = head.decode().split("\r\n")
    headers = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)]
    return httpx.Response(int(status_line.split()[1]), headers=headers, content=body)


# --- the page --------------------------------------------------------------------------------------------------------


def test_the_page_may_load_only_its_own_parts(http: httpx.Client) -> None:
    """No script, style or frame of anybody else."""
    response = http.get("/")

    policy = response.headers["content-security-policy"]
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "no-referrer"
    assert response.headers["server"] == "nginx"


def test_the_page_is_asked_for_anew_but_not_sent_anew(http: httpx.Client) -> None:
    """A new version is seen at once."""
    response = http.get("/js/app.js")

    assert response.headers["content-type"] == "text/javascript; charset=utf-8"
    assert response.headers["cache-control"] == "no-cache"
    again = http.get("/js/app.js", headers={"If-None-Match": response.headers["etag"]})
    assert again.status_code == httpx.codes.NOT_MODIFIED


def test_text_is_compressed(http: httpx.Client) -> None:
    """And caches know that it may not be."""
    response = http.get("/")

    assert response.headers["content-encoding"] == "gzip"
    assert response.headers["vary"] == "Accept-Encoding"


@pytest.mark.parametrize("path", ["/.secret", "/js/.hidden", "/.git/config"])
def test_hidden_files_are_not_there(http: httpx.Client, front: Front, path: str) -> None:
    """Not even the api is asked."""
    assert_problem(http.get(path), 404, "route_not_found")
    assert front.api.requests == []


def test_a_folder_is_not_listed(http: httpx.Client, front: Front) -> None:
    """It is a path like any other that the api does not know."""
    http.get("/js/")

    assert [path for _, path, _, _ in front.api.requests] == ["/js/"]


# --- the results -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("image.webp", "image/webp"),
        ("image.avif", "image/avif"),
        ("image.jpeg", "image/jpeg"),
        ("image.jpg", "image/jpeg"),
        ("image.png", "image/png"),
        ("image.gif", "image/gif"),
    ],
)
def test_a_result_is_served_as_what_it_is(http: httpx.Client, name: str, media_type: str) -> None:
    """With the type of its format; nothing in it is ever executed."""
    response = http.get(f"/images/{TASK}/{name}")

    assert response.content == b"bytes of " + name.encode()
    assert response.headers["content-type"] == media_type
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["content-security-policy"] == "default-src 'none'; style-src 'unsafe-inline'; sandbox"


def test_a_result_may_be_cached_as_long_as_results_live(http: httpx.Client) -> None:
    """What lies at a path never changes."""
    response = http.get(IMAGE)

    assert response.headers["cache-control"] == "public, max-age=3600, immutable"
    again = http.get(IMAGE, headers={"If-None-Match": response.headers["etag"]})
    assert again.status_code == httpx.codes.NOT_MODIFIED
    assert http.get(IMAGE, headers={"Range": "bytes=0-4"}).content == b"bytes"


@pytest.mark.parametrize(
    "path",
    [
        "/images/",
        f"/images/{TASK}",
        f"/images/{TASK}/",
        f"/images/{TASK}/.image.webp",
        f"/images/{TASK}/x.webp.part",
        f"/images/{TASK}/other.webp",
        f"/images/{TASK.upper()}/image.webp",
        f"/images/{TASK}/..%2f..%2fimage.webp",
        f"/images/{TASK}/../../../../frontend/.secret",
    ],
)
def test_nothing_else_is_served_from_the_store(http: httpx.Client, path: str) -> None:
    """No temporary file, no hidden one, no list, no way out of the folder."""
    assert_problem(http.get(path), 404, "route_not_found")


@pytest.mark.parametrize("path", ["/images/..%2f..%2fnginx.conf", "/images/%2e%2e/%2e%2e/etc/passwd", "/../secret"])
def test_a_path_out_of_the_site_is_refused(front: Front, path: str) -> None:
    """Also when it is hidden in an encoding."""
    assert_problem(raw(front, f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode()), 400, "malformed_request")


def test_a_problem_is_not_cached(http: httpx.Client) -> None:
    """A result that is not there yet may be there soon."""
    assert http.get(f"/images/{TASK}/other.webp").headers["cache-control"] == "no-store"


def test_a_result_cannot_be_written(http: httpx.Client) -> None:
    """The folder is only read."""
    assert_problem(http.post(IMAGE), 405, "method_not_allowed")


# --- the api ---------------------------------------------------------------------------------------------------------


def test_other_paths_are_the_apis(http: httpx.Client, front: Front) -> None:
    """Path, query, body and headers arrive as they were sent, with an id to find the request again."""
    response = http.post("/queue-task?a=b%20c", content=b"{}", headers={"Prefer": "wait=5", "X-Request-Id": "mine"})

    method, path, headers, body = front.api.requests[-1]
    assert (method, path, body) == ("POST", "/queue-task?a=b%20c", b"{}")
    assert headers["prefer"] == "wait=5"
    assert headers["x-forwarded-for"] == "127.0.0.1"
    assert re.fullmatch(r"[0-9a-f]{32}", headers["x-request-id"])
    assert response.headers["x-request-id"] == headers["x-request-id"]
    assert response.json() == {"from": "api"}
    assert response.headers["cache-control"] == "no-store"


def test_what_the_api_says_of_caching_and_policy_stays(http: httpx.Client, front: Front) -> None:
    """Each header is there once."""
    said = {"Cache-Control": "private", "Content-Security-Policy": "default-src 'self'", "Retry-After": "7"}
    front.api.answer = Answer(status=503, headers=said | {"X-Content-Type-Options": "nosniff"})

    response = http.get("/docs")

    for name, value in (said | {"X-Content-Type-Options": "nosniff"}).items():
        assert response.headers.get_list(name) == [value]


def test_connections_to_the_api_are_kept(http: httpx.Client, front: Front) -> None:
    """A connection for each request would cost more than many an answer."""
    http.get("/task-status/1")

    assert "connection" not in front.api.requests[-1][2]


def test_numbers_are_shown_to_this_machine(http: httpx.Client, front: Front) -> None:
    """Whoever is logged in here may see the api's metrics."""
    http.get("/metrics")

    assert front.api.requests[-1][1] == "/metrics"


# --- what nginx refuses itself ---------------------------------------------------------------------------------------


def test_a_body_over_the_limit_is_refused_before_it_is_sent(http: httpx.Client, front: Front) -> None:
    """The api never hears of it."""
    response = raw(front, b"POST /queue-task HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\n\r\n")

    assert_problem(response, 413, "request_too_large")
    assert front.api.requests == []


@pytest.mark.parametrize(
    ("request_head", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET /a HTTP/1.1\r\nHost: a\r\nX-Long: " + b"a" * 40_000 + b"\r\n\r\n", 400),
        (b"GET /" + b"a" * 40_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414),
        (b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!", 400),
        (b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 501),
        (b"GET /a HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
    ],
    ids=[
        "no-http",
        "no-host",
        "long-header",
        "long-path",
        "two-lengths",
        "lengths-differ",
        "odd-encoding",
        "two-hosts",
    ],
)
def test_what_is_no_proper_http_is_refused(http: httpx.Client, front: Front, request_head: bytes, status: int) -> None:
    """What two servers could read in two ways reaches neither of ours."""
    response = raw(front, request_head)

    assert_problem(response, status, "malformed_request")
    assert front.api.requests == []


def test_an_api_that_is_away_is_a_passing_problem(tmp_path: Path) -> None:
    """502 is said in our words, and when to come back."""
    with Front(tmp_path, free_port()) as front:
        front.stop_api()
        response = httpx.get(f"{front.base_url}/task-status/1")

    assert_problem(response, 502, "service_unavailable")
    assert response.headers["retry-after"] == "5"


def test_a_front_that_stops_finishes_what_it_answers(tmp_path: Path) -> None:
    """And takes nothing new, by which a load balancer knows: SIGQUIT is what the image, too, is stopped with."""
    may_end = threading.Event()
    with Front(tmp_path, free_port()) as front:
        front.api.answer = Answer(body=b"data: {}\n\n", may_end=may_end)
        with httpx.stream("GET", f"{front.base_url}/events") as stream:
            os.kill(front.running.pid, signal.SIGQUIT)
            wait_until(lambda: not accepts(front))
            may_end.set()
            assert stream.read() == front.api.answer.body


def accepts(front: Front) -> bool:
    url = httpx.URL(front.base_url)
    try:
        socket.create_connection((url.host, url.port or 80), timeout=10).close()
    except ConnectionError:
        return False
    return True


# --- limits per address ----------------------------------------------------------------------------------------------


@pytest.fixture
def strict_front(tmp_path: Path) -> Iterator[Front]:
    """A front to which 127.0.0.1 is this machine, and 127.0.0.2 is somebody outside."""

    def change(configuration: str) -> str:
        return configuration.replace("127.0.0.0/8 0;", "127.0.0.1/32 0;")

    with Front(tmp_path, free_port(), change) as front:
        yield front


def statuses(front: Front, address: str, count: int) -> list[httpx.Response]:
    with httpx.Client(base_url=front.base_url, transport=httpx.HTTPTransport(local_address=address)) as client:
        return [client.get("/health") for _ in range(count)]


def test_an_address_that_asks_too_fast_is_slowed_down(strict_front: Front) -> None:
    """A burst of 200 passes; what exceeds it is told when to come back."""
    responses = statuses(strict_front, "127.0.0.2", 400)

    refused = [response for response in responses if response.status_code != httpx.codes.OK]
    assert 200 <= len(responses) - len(refused) < 400
    assert_problem(refused[0], 429, "rate_limited")
    assert refused[0].headers["retry-after"] == "1"


def test_this_machine_is_not_slowed_down(strict_front: Front) -> None:
    """The roles, the tests and the operator ask as fast as they like."""
    assert {response.status_code for response in statuses(strict_front, "127.0.0.1", 400)} == {200}


def trusting_this_machine(configuration: str) -> str:
    """Take from `X-Forwarded-For` where a client is."""
    return configuration.replace("server {", "set_real_ip_from 127.0.0.1; real_ip_header X-Forwarded-For; server {", 1)


@pytest.fixture(scope="module")
def frugal_front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """A front that lets a client ask once a minute."""

    def change(configuration: str) -> str:
        changed = re.sub(r"rate=\d+r/s;", "rate=1r/m;", trusting_this_machine(configuration))
        return re.sub(r"burst=\d+ nodelay;", "nodelay;", changed)

    with Front(tmp_path_factory.mktemp("frugal"), free_port(), change) as front:
        yield front


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:0:1::1", "2001:db8:0:1:ffff:ffff:ffff:ffff"),
        ("2001:db8:0:2:a0a:a0a:a0a:a0a", "2001:db8:0:2::a"),
        ("a0a:a0a:a0a:a0a:a0a:a0a:a0a:a0a", "a0a:a0a:a0a:a0a::"),
        ("2001:db8:80ff:c3fe::", "2001:db8:80ff:c3fe:80ff:c3fe:eda0:80a"),
        ("198.51.100.10", "::ffff:198.51.100.10"),
        ("::ffff:10.10.10.10", "10.10.10.10"),
    ],
)
def test_addresses_of_one_client_are_counted_together(frugal_front: Front, first: str, second: str) -> None:
    """An IPv4 address, also one that is mapped, or the /64 of an IPv6 address, whatever bytes it is made of."""
    assert asked_from(frugal_front, first) == 200
    assert asked_from(frugal_front, second) == 429


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("203.0.113.1", "203.0.113.2"),
        ("2001:db8:1:1::1", "2001:db8:1:2::1"),
        ("2001:db8:a0a:a0a::", "2001:db8:a0a:a0b::"),
        ("2001:db8:a0a:0::", "2001:db8:a0a:a00::"),
        ("2001:db8:81ff:c3fe::", "2001:db8:81ff:c3ff::"),
        ("::ffff:203.0.113.10", "::ffff:203.0.113.11"),
        ("::ffff:203.0.113.12", "0:0:0:1:0:ffff:cb00:710c"),
        ("203.0.113.13", "cb00:710d::"),
    ],
)
def test_addresses_of_two_clients_are_counted_apart(frugal_front: Front, first: str, second: str) -> None:
    """Other IPv4 addresses, and other /64 networks of IPv6, even if they differ in nothing but one bit."""
    assert asked_from(frugal_front, first) == 200
    assert asked_from(frugal_front, second) == 200


def asked_from(front: Front, address: str) -> int:
    return httpx.get(f"{front.base_url}/health", headers={"X-Forwarded-For": address}).status_code


def test_event_streams_are_counted_by_the_same_rule(tmp_path: Path) -> None:
    """A second one is refused to the same /64, and given to another."""
    may_end = threading.Event()

    def change(configuration: str) -> str:
        return trusting_this_machine(configuration).replace("streams 32;", "streams 1;")

    with Front(tmp_path, free_port(), change) as front, ExitStack() as streams:
        front.api.answer = Answer(body=b"data: {}\n\n", may_end=may_end)
        streams.callback(may_end.set)

        def status_of_one_more(address: str) -> int:
            stream = httpx.stream("GET", f"{front.base_url}/events", headers={"X-Forwarded-For": address})
            return streams.enter_context(stream).status_code

        assert status_of_one_more("2001:db8:0:1::1") == 200
        assert status_of_one_more("2001:db8:0:1:ffff::") == 503
        assert status_of_one_more("2001:db8:0:2::1") == 200


def test_an_address_may_have_32_event_streams(strict_front: Front) -> None:
    """What it has too many is told so; others, and whoever closes one, get theirs."""
    may_end = threading.Event()
    strict_front.api.answer = Answer(body=b"data: {}\n\n", may_end=may_end)

    def client(address: str) -> httpx.Client:
        return httpx.Client(base_url=strict_front.base_url, transport=httpx.HTTPTransport(local_address=address))

    with client("127.0.0.2") as outside, client("127.0.0.3") as other, ExitStack() as streams:

        def status_of_one_more(client: httpx.Client) -> int:
            return streams.enter_context(client.stream("GET", "/events?task_id=1")).status_code

        assert [status_of_one_more(outside) for _ in range(31)] == [200] * 31
        with outside.stream("GET", f"/task-status/{'0' * 32}/events") as last:
            assert last.status_code == 200
            refused = outside.get("/events")
            assert_problem(refused, 503, "too_many_streams")
            assert (refused.headers["retry-after"], refused.json()["retryable"]) == ("10", True)
            assert status_of_one_more(other) == 200
        wait_until(lambda: status_of_one_more(outside) == 200)
        may_end.set()


def test_events_are_not_held_up(front: Front, http: httpx.Client) -> None:
    """What the api has sent is here before it has sent all."""
    may_end = threading.Event()
    front.api.answer = Answer(body=b"data: {}\n\n", headers={"Content-Type": "text/event-stream"}, may_end=may_end)
    with http.stream("GET", "/events?task_id=1") as response:
        parts = response.iter_raw()
        assert next(parts) == b"data: {}\n"
        may_end.set()
        assert b"".join(parts) == b"\n"


def test_numbers_are_not_shown_outside(strict_front: Front) -> None:
    """They are the operator's; there is nothing at that path for others."""
    with httpx.Client(transport=httpx.HTTPTransport(local_address="127.0.0.2")) as client:
        assert_problem(client.get(f"{strict_front.base_url}/metrics"), 404, "route_not_found")


# --- the log ---------------------------------------------------------------------------------------------------------


def test_the_log_has_no_query_strings(http: httpx.Client, front: Front) -> None:
    """A source in a query may hold a secret."""
    response = http.get("/task-history?source=https://a.example/?token=t0ken")

    request_id = response.headers["x-request-id"]
    wait_until(lambda: request_id in front.running.log.read_text())
    lines = [json.loads(line) for line in front.running.log.read_text().splitlines() if request_id in line]
    assert [(line["path"], line["status"], line["method"]) for line in lines] == [("/task-history", 200, "GET")]
    assert "t0ken" not in front.running.log.read_text()


def test_every_variable_of_the_template_is_filled_in(front: Front) -> None:
    """A name that is misspelt would be served as it is."""
    assert "${" not in (front.folder / "nginx.conf").read_text()
