"""Clients that hold connections: they cost nginx a socket for some seconds, and nobody else anything."""

import socket
from typing import Final

import httpx

from tests.security.front.conftest import Connect

SLOW_CLIENTS: Final = 400
"""Fewer than nginx holds connections, far more than the api has threads."""


def test_half_sent_requests_do_not_stop_others(connect: Connect, http: httpx.Client) -> None:
    """Neither half a head nor half a body takes a thread of the api."""
    for _ in range(SLOW_CLIENTS // 2):
        connect().sendall(b"POST /queue-task HTTP/1.1\r\nHost: a\r\nX-Slow: ")
        connect().sendall(b"POST /queue-task HTTP/1.1\r\nHost: a\r\nContent-Type: a/b\r\nContent-Length: 9\r\n\r\n{")

    for _ in range(20):
        assert http.get("/health", timeout=5).is_success


def test_a_head_that_never_ends_is_given_up(connect: Connect) -> None:
    """After ten seconds, however often a byte comes."""
    connection = connect()
    connection.sendall(b"GET /health HTTP/1.1\r\n")
    connection.settimeout(1)
    for _ in range(25):
        try:
            if not connection.recv(1):
                return
        except TimeoutError:
            connection.sendall(b"X: y\r\n")
        except ConnectionError:
            return
    raise AssertionError("the connection is still open")


def test_a_client_that_reads_nothing_is_given_up(connect: Connect, http: httpx.Client) -> None:
    """Its answers wait in nginx, not in the api."""
    connection = connect()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: a\r\n\r\n" * 50)

    for _ in range(20):
        assert http.get("/health", timeout=5).is_success
