"""What cannot be a task is refused as a problem, in words that name the field; never a 500, never HTML."""

import json
import socket
from urllib.parse import urlsplit

import httpx
import pytest

from tests.support.api_server import ApiServer

URL = "https://example.com/refused"
JSON = {"Content-Type": "application/json"}
TASK = (None, '{"parameters": {"width": 7}}', "application/json")


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, object]:
    """The problem in an answer, after checking what every problem has."""
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json"), answer.text
    body: dict[str, object] = answer.json()
    assert body["type"] == f"urn:pixelmill:problem:{code}"
    assert (body["status"], body["code"]) == (status, code)
    assert body["request_id"] == answer.headers["X-Request-Id"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    return body


def test_a_field_is_refused_in_words(http: httpx.Client) -> None:
    """What was expected, of which field, and what was received."""
    answer = http.post("/queue-task", json={"image_url": URL, "parameters": {"width": 0}})
    body = problem(answer, 422, "invalid_request")
    assert "expected an integer from 1 to 8192 for parameters.width, received 0" in str(body["detail"])
    assert body["errors"] == [{"field": "parameters.width", "detail": "expected an integer from 1 to 8192, received 0"}]


@pytest.mark.parametrize(
    ("request_body", "fields"),
    [
        ({}, {"image_url", ""}),
        ([], {""}),
        ("text", {""}),
        (None, {""}),
        ({"image_url": 7, "parameters": {"width": 7}}, {"image_url"}),
        ({"image_url": "ftp://example.com/a", "parameters": {"width": 7}}, {"image_url"}),
        ({"image_url": URL, "parameters": {"width": "7"}}, {"parameters.width"}),
        ({"image_url": URL, "parameters": {"width": 7, "widht": 7}}, {"parameters.widht"}),
        ({"image_url": URL, "parameters": {"width": 7}, "webhook_url": URL}, {"webhook_url"}),
        ({"image_url": URL, "variants": {"Bad Name": {"width": 7}}}, {"variants.Bad Name"}),
        (
            {"image_url": URL, "variants": {"a": {"width": 0}, "b": {"height": -1}}},
            {"variants.a.width", "variants.b.height"},
        ),
        ({"image_url": URL, "parameters": {}}, {"parameters"}),
        ({"image_url": URL, "preset": "unheard-of"}, {"preset"}),
        (
            {"image_url": URL, "preset": "responsive", "parameters": {"width": 7, "dpr": 2}},
            {"parameters.width", "parameters.dpr"},
        ),
        ({"image_url": URL, "preset": "responsive", "parameters": {"effort": 2}}, {"parameters"}),
    ],
)
def test_every_wrong_field_is_named(http: httpx.Client, request_body: object, fields: set[str]) -> None:
    """All complaints come at once."""
    answer = http.post("/queue-task", content=json.dumps(request_body), headers=JSON)
    body = problem(answer, 422, "invalid_request")
    errors = body["errors"]
    assert isinstance(errors, list)
    assert {error["field"] for error in errors} <= fields
    assert errors


@pytest.mark.parametrize(
    "text", [b"", b"  ", b"{", b'{"image_url": "\xff"}', b"{} {}", b"[" * 100_000, b"\xef\xbb\xbf{}"]
)
def test_what_is_not_json_is_malformed(http: httpx.Client, text: bytes) -> None:
    """Broken, empty, not UTF-8, nested beyond reason."""
    problem(http.post("/queue-task", content=text, headers=JSON), 400, "malformed_request")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('{"image_url": "https://a.example/1", "image_url": "https://a.example/2"}', "image_url"),
        ('{"image_url": "https://a.example/1", "parameters": {"width": 1, "width": 2}}', "width"),
        ('{"image_url": "https://a.example/1", "variants": {"a": {"width": 1}, "a": {"width": 2}}}', "a"),
    ],
)
def test_a_name_that_is_there_twice_is_refused(http: httpx.Client, text: str, name: str) -> None:
    """Readers of JSON differ in which of them counts: what was checked elsewhere may not be what is done here."""
    body = problem(http.post("/queue-task", content=text, headers=JSON), 422, "invalid_request")
    assert body["errors"] == [{"field": name, "detail": "expected once, received again"}]


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/x-www-form-urlencoded", "image/png", ";;"])
def test_other_content_types_are_refused(http: httpx.Client, content_type: str | None) -> None:
    """JSON under another name is not guessed at."""
    headers = {} if content_type is None else {"Content-Type": content_type}
    problem(http.post("/queue-task", content=b"{}", headers=headers), 415, "unsupported_media_type")


def test_a_json_body_over_the_limit_is_refused(http: httpx.Client) -> None:
    """Announced or not."""
    body = b'{"image_url": "' + b"a" * 300_000 + b'"}'
    problem(http.post("/queue-task", content=body, headers=JSON), 413, "request_too_large")
    problem(http.post("/queue-task", content=iter([body]), headers=JSON), 413, "request_too_large")


def test_an_image_over_the_limit_is_refused(http: httpx.Client, api: ApiServer) -> None:
    """By a byte, and by so much that it is not read at all; no temporary file stays."""
    for size_bytes in (1024 * 1024 + 1, 8 * 1024 * 1024):
        answer = http.post("/queue-task", files={"image": ("a.png", bytes(size_bytes)), "task": TASK})
        problem(answer, 413, "request_too_large")
    endless = http.build_request(
        "POST", "/queue-task", files={"image": ("a.png", bytes(8 * 1024 * 1024)), "task": TASK}
    )
    unannounced = http.post(
        "/queue-task", content=iter([endless.read()]), headers={"Content-Type": endless.headers["Content-Type"]}
    )
    problem(unannounced, 413, "request_too_large")
    assert api.received_files() == []


@pytest.mark.parametrize(
    ("parts", "fields"),
    [
        ([("task", TASK)], {"image"}),
        ([("image", ("a.png", b"x"))], {"task"}),
        ([("image", ("a.png", b"")), ("task", TASK)], {"image"}),
        ([("image", ("a.png", b"x")), ("image", ("b.png", b"y")), ("task", TASK)], {"image"}),
        ([("image", ("a.png", b"x")), ("task", TASK), ("task", TASK)], {"task"}),
        ([("image", (None, "x")), ("task", TASK)], {"image"}),
        ([("image", ("a.png", b"x")), ("task", TASK), ("extra", (None, "x"))], {"extra"}),
        ([("image", ("a.png", b"x")), ("task", (None, '{"parameters": {"width": 0}}'))], {"parameters.width"}),
        ([("image", ("a.png", b"x")), ("task", (None, '{"image_url": "https://a.b"}'))], {"image_url"}),
    ],
)
def test_wrong_parts_are_named(
    http: httpx.Client, parts: list[tuple[str, tuple[str | None, bytes]]], fields: set[str]
) -> None:
    """Missing, empty, doubled and unknown parts."""
    body = problem(http.post("/queue-task", files=parts), 422, "invalid_request")
    errors = body["errors"]
    assert isinstance(errors, list)
    assert {error["field"] for error in errors} == fields


@pytest.mark.parametrize("task_json", [b"", b"{", b'{"parameters": {"background": "\xff"}}'])
def test_a_task_part_that_is_not_json_is_malformed(http: httpx.Client, task_json: bytes) -> None:
    """As a JSON body is."""
    parts = [("image", ("a.png", b"x")), ("task", (None, task_json))]
    problem(http.post("/queue-task", files=parts), 400, "malformed_request")


@pytest.mark.parametrize(
    ("content_type", "content"),
    [
        (b"multipart/form-data", b"--a\r\n\r\n--a--"),
        (b"multipart/form-data; boundary=", b""),
        (b"multipart/form-data; boundary=a", b""),
        (
            b"multipart/form-data; boundary=a",
            b'--a\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\nhalf',
        ),
        ("multipart/form-data; boundary=a", b'--a\r\nContent-Disposition: form-data; name="task"\r\n\r\n{}\r\n'),
    ],
)
def test_broken_multipart_is_malformed(http: httpx.Client, content_type: bytes, content: bytes) -> None:
    """No boundary, no parts, no end."""
    request = http.build_request("POST", "/queue-task", content=content, headers=[(b"Content-Type", content_type)])
    problem(http.send(request), 400, "malformed_request")


@pytest.mark.parametrize(
    ("request_line", "content_type", "status"),
    [
        ("POST /queue-task", "text/plain", 415),
        ("POST /queue-task", "application/json", 413),
        ("POST /queue-task", "multipart/form-data", 400),
        ("POST /queue-task?a=1", "application/json", 422),
        ("POST /task-history", "application/json", 405),
        ("POST /nowhere", "application/json", 404),
    ],
)
def test_a_refused_body_can_be_sent_to_its_end(
    api: ApiServer, request_line: str, content_type: str, status: int
) -> None:
    """A sender that only listens when it has sent everything, as nginx does, hears why it was refused."""
    body = bytes(2_000_000)
    where = urlsplit(api.url)
    with socket.socket() as connection:
        connection.settimeout(15)
        # A small buffer: what the api does not read cannot be sent either.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        connection.connect((where.hostname, where.port))
        head = f"{request_line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: {content_type}\r\n"
        connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode())
        connection.sendall(body)
        assert connection.recv(1024).startswith(f"HTTP/1.1 {status} ".encode())


def test_a_half_sent_upload_is_no_task(api: ApiServer) -> None:
    """A connection that ends in the middle of the image leaves nothing behind."""
    where = urlsplit(api.url)
    head = b'--a\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\n'
    with socket.create_connection((where.hostname or "", where.port or 0)) as connection:
        connection.sendall(
            b"POST /queue-task HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=a\r\n"
            b"Content-Length: 1000\r\nX-Request-Id: half-sent\r\n\r\n" + head + b"half"
        )
        connection.shutdown(socket.SHUT_WR)
        connection.recv(1024)
    assert not [
        event
        for event in api.events("request_answered")
        if event["request_id"] == "half-sent" and event["status"] < 400
    ]


def test_an_unknown_path_is_a_problem(http: httpx.Client) -> None:
    """Untidy paths too: a redirect would be HTML."""
    for path in ("/nothing", "/queue-task/", "/task-history//x", "/static/x"):
        problem(http.post(f"{http.base_url}{path}"), 404, "route_not_found")
    problem(http.get("/docs/nothing.js"), 404, "route_not_found")


def test_a_wrong_method_says_which_are_right(http: httpx.Client) -> None:
    """405 with Allow."""
    for method in ("GET", "PUT", "BREW"):
        answer = http.request(method, "/queue-task")
        problem(answer, 405, "method_not_allowed")
        assert answer.headers["Allow"] == "OPTIONS, POST"


def test_head_and_options(http: httpx.Client) -> None:
    """HEAD is GET without a body; OPTIONS names the methods; no other origin is let in."""
    head = http.head("/health")
    assert (head.status_code, head.content, head.headers["Content-Type"]) == (200, b"", "application/json")
    options = http.options("/queue-task", headers={"Origin": "https://elsewhere.example"})
    assert (options.status_code, options.content) == (204, b"")
    assert set(options.headers["Allow"].split(", ")) == {"POST", "OPTIONS"}
    assert not [name for name in options.headers if name.startswith("access-control")]
