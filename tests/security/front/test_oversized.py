"""Requests that are too large are refused with what would have fitted, by whoever meets them first."""

import json

import httpx
import pytest

from tests.security.front.conftest import Connect, read_to_end

TASK = b'{"parameters": {"width": 5}}'
MEBIBYTE = 1024 * 1024


@pytest.mark.parametrize(
    ("path", "header", "status"),
    [
        (b"/" + b"a" * 100_000, b"X-Short: a\r\n", 414),
        (b"/health", b"X-Long: " + b"a" * 100_000 + b"\r\n", 400),
        (b"/health", (b"X-More: " + b"a" * 7_000 + b"\r\n") * 50, 400),
    ],
    ids=["path", "header", "headers"],
)
def test_a_head_that_is_too_large_is_refused(connect: Connect, path: bytes, header: bytes, status: int) -> None:
    """And the connection ends."""
    connection = connect()
    connection.sendall(b"GET " + path + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n" + header + b"\r\n")
    answer = read_to_end(connection)

    head, _, problem = answer.partition(b"\r\n\r\n")
    assert head.startswith(f"HTTP/1.1 {status} ".encode())
    assert b"Content-Type: application/problem+json" in head
    assert json.loads(problem)["status"] == status


@pytest.mark.parametrize("is_announced", [True, False])
@pytest.mark.parametrize(
    ("content", "content_type", "limit"),
    [
        (b'{"image_url": "' + b"a" * 300_000 + b'"}', "application/json", "262,144 bytes"),
        (bytes(51 * MEBIBYTE), "application/json", "bytes"),
    ],
    ids=["for the api", "for nginx"],
)
def test_a_body_that_is_too_large_is_refused(
    http: httpx.Client, content: bytes, content_type: str, limit: str, *, is_announced: bool
) -> None:
    """With the limit, whether its length is announced or not."""
    body = content if is_announced else iter([content])
    answer = http.post("/queue-task", content=body, headers={"Content-Type": content_type})

    assert (answer.status_code, answer.json()["code"]) == (413, "request_too_large")
    assert limit in answer.json()["detail"]


@pytest.mark.parametrize(
    "parts",
    [
        [("task", ("", TASK + b" " * 600_000)), ("image", ("a.jpg", b"a"))],
        [("task", (None, TASK + b" " * 600_000)), ("image", ("a.jpg", b"a"))],
        [(f"part-{number}", (None, b"a")) for number in range(5_000)],
    ],
    ids=["task as a file", "task as text", "many"],
)
def test_a_part_that_is_too_large_is_refused(http: httpx.Client, parts: list[tuple[str, tuple[str, bytes]]]) -> None:
    """With what is expected of the parts."""
    answer = http.post("/queue-task", files=parts)

    assert (answer.status_code, answer.json()["code"]) == (413, "request_too_large")
    assert "262,144" in answer.json()["detail"]


def test_a_huge_name_is_not_repeated(http: httpx.Client) -> None:
    """An answer is no larger than it has to be, whatever was asked."""
    answer = http.post("/queue-task", files={"a" * 30_000: (None, b"a"), "task": (None, TASK)})

    assert answer.status_code == 422
    assert len(answer.content) < 2_000


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
        {"Content-Type": "application/json; charset=utf-16"},
    ],
)
def test_a_body_has_one_reading(http: httpx.Client, headers: dict[str, str]) -> None:
    """What claims to be compressed, or in another charset, is not read as if it did not: somebody else may."""
    body = b'{"image_url": "https://example.com/one-reading", "parameters": {"width": 5}}'
    answer = http.post("/queue-task", content=body, headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")
