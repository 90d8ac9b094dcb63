"""A connection to the service's front that says exactly what a test wants it to say."""

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress

import httpx
import pytest

from tests.support.service import Service

Connect = Callable[[], socket.socket]


def read_to_end(connection: socket.socket) -> bytes:
    """What comes until the other side closes, or resets what it has not read."""
    answer = b""
    with suppress(ConnectionResetError):
        while part := connection.recv(65536):
            answer += part
    return answer


@pytest.fixture
def connect(service: Service) -> Iterator[Connect]:
    """Opens plain connections to nginx; they are closed after the test."""
    url = httpx.URL(service.base_url)
    with ExitStack() as connections:
        yield lambda: connections.enter_context(socket.create_connection((url.host, url.port or 80), timeout=30))


@pytest.fixture
def http(service: Service) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=service.base_url, timeout=15) as client:
        yield client
