"""Ports for servers that tests start."""

import random
import socket
from typing import Final

_RANGE: Final = range(10_240, 32_768)
"""Below those that Linux and macOS hand out to outgoing connections: none of these takes a port before its server."""


def free_port() -> int:
    """A port of this machine that nobody listens on.

    Chosen at random, so that tests which run at the same time do not choose the same one.
    """
    while True:
        port = random.SystemRandom().choice(_RANGE)
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        return port
