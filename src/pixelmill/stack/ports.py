"""Loopback ports: the public one must be free, the inner ones give way."""

import errno
import fcntl
import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from pixelmill.stack.failures import PublicPortUnusable
from pixelmill.stack.interrupts import Interrupts

LOOPBACK = "127.0.0.1"
EVERYWHERE = "0.0.0.0"  # noqa: S104 - for the front only, on demand

TURN_SECONDS = 60.0
"""A start that takes longer than this no longer keeps others from choosing their ports."""


@contextmanager
def port_turn(interrupts: Interrupts) -> Iterator[None]:
    """One stack at a time looks for free ports and starts what listens there.

    The turn is a lock on the system's temporary folder: shared by all users, and nothing is left of it. Whoever holds
    it for too long is passed by; the worst is a port that is taken after all.
    """
    descriptor = os.open(tempfile.gettempdir(), os.O_RDONLY)

    def is_ours() -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    try:
        interrupts.wait_for(is_ours, TURN_SECONDS)
        yield
    finally:
        os.close(descriptor)


def require_free(port: int) -> None:
    """Check the public port.

    Raises:
        PublicPortUnusable: It is taken, or this user may not listen on it.
    """
    try:
        _bind(port)
    except PermissionError:
        raise PublicPortUnusable(f"this user may not listen on port {port}: choose another with --port.") from None
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise PublicPortUnusable(f"port {port} is taken: choose another with --port.") from None


def free_port(wanted: int, taken: set[int]) -> int:
    """`wanted` where it is free and not in `taken`, else a port that is."""
    if wanted not in taken and _is_free(wanted):
        return wanted
    while (port := _bind(0)) in taken:
        pass
    return port


def is_listening(port: int) -> bool:
    """Whether somebody takes connections on a loopback port."""
    with socket.socket() as caller:
        return caller.connect_ex((LOOPBACK, port)) == 0


def _is_free(port: int) -> bool:
    try:
        _bind(port)
    except OSError:
        return False
    return True


def _bind(port: int) -> int:
    """Bind a port as servers do, and let go of it.

    Raises:
        OSError: It is taken.
    """
    # Some systems let a loopback port be bound although a server listens on all addresses.
    if port and is_listening(port):
        raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((LOOPBACK, port))
        return int(listener.getsockname()[1])
