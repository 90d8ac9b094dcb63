"""Requests that nginx and the api might read in two ways: the second request in them must never be served."""

from typing import Final

import httpx
import pytest

from pixelmill.domain.source import UrlSource
from pixelmill.domain.transformation import Transformation
from pixelmill.submit.identity import task_id_of
from tests.security.front.conftest import Connect

HIDDEN_URL: Final = "http://127.0.0.1:1/hidden"
HIDDEN_BODY: Final = b'{"image_url": "%s", "parameters": {"width": 9}}' % HIDDEN_URL.encode()
HIDDEN: Final = (
    b"POST /queue-task HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
    % (len(HIDDEN_BODY), HIDDEN_BODY)
)
"""A request that would leave a task behind, under an id that is known beforehand."""

HIDDEN_TASK: Final = task_id_of(UrlSource(image_url=HIDDEN_URL), {"image": Transformation(width=9)})

CHUNK: Final = b"%x\r\n%s\r\n0\r\n\r\n" % (len(HIDDEN), HIDDEN)
"""The hidden request as the body of another."""

START: Final = b"POST /queue-task HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"

AMBIGUOUS: Final = {
    "length-and-chunks": START + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    "chunks-and-length": START + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n" + CHUNK,
    "space-before-colon": START + b"Transfer-Encoding : chunked\r\nContent-Length: 4\r\n\r\n" + CHUNK,
    "tab-in-encoding": START + b"Transfer-Encoding:\tchunked\r\nContent-Length: 4\r\n\r\n" + CHUNK,
    "other-encoding": START + b"Transfer-Encoding: xchunked\r\nContent-Length: 4\r\n\r\n" + CHUNK,
    "two-encodings": START + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" + HIDDEN,
    "list-of-encodings": START + b"Transfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    "folded-encoding": START + b"Transfer-Encoding:\r\n chunked\r\nContent-Length: 4\r\n\r\n" + CHUNK,
    "two-lengths": START + b"Content-Length: 0\r\nContent-Length: %d\r\n\r\n" % len(HIDDEN) + HIDDEN,
    "list-of-lengths": START + b"Content-Length: 0, %d\r\n\r\n" % len(HIDDEN) + HIDDEN,
    "signed-length": START + b"Content-Length: +%d\r\n\r\n" % len(HIDDEN) + HIDDEN,
    "hexadecimal-length": START + b"Content-Length: 0x0\r\n\r\n" + HIDDEN,
    "negative-length": START + b"Content-Length: -1\r\n\r\n" + HIDDEN,
    "endless-chunk-size": START + b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 17 + b"\r\n" + HIDDEN,
    "chunk-size-in-words": START + b"Transfer-Encoding: chunked\r\n\r\nzero\r\n\r\n" + HIDDEN,
    "return-in-header": START + b"X: a\rContent-Length: 0\r\nTransfer-Encoding: chunked\rX: b\r\n\r\n" + HIDDEN,
    "null-in-header": START + b"Content-Length\x00: 0\r\n\r\n" + HIDDEN,
}


@pytest.mark.parametrize("request_bytes", AMBIGUOUS.values(), ids=AMBIGUOUS)
def test_a_request_hidden_in_another_is_not_served(connect: Connect, http: httpx.Client, request_bytes: bytes) -> None:
    """It leaves no task, the first is refused, and the answer of the next client is its own."""
    connection = connect()
    connection.sendall(request_bytes)
    status_line = connection.makefile("rb").readline()

    assert status_line.split()[1] in {b"400", b"411", b"415", b"422", b"501"}
    assert http.get("/health").json() == {"status": "ok"}
    assert http.get(f"/task-status/{HIDDEN_TASK}").status_code == httpx.codes.NOT_FOUND


def test_the_hidden_request_would_be_served_alone(connect: Connect, http: httpx.Client) -> None:
    """So that the test above can fail. The task it makes is one the service may not fetch."""
    connection = connect()
    connection.sendall(HIDDEN.replace(b'"width": 9', b'"width": 8'))

    assert connection.makefile("rb").readline().split()[1] == b"202"
    other_task = task_id_of(UrlSource(image_url=HIDDEN_URL), {"image": Transformation(width=8)})
    assert http.get(f"/task-status/{other_task}").is_success
