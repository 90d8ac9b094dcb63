"""Serve the application with granian: one process, many threads, and an orderly end.

granian's own process watches and stops; a child of it serves. (Its embedded mode, without a child, has no WSGI.)
"""

import multiprocessing
import os
import signal
import socket
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import structlog
from granian import Granian
from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from pixelmill.api.seats import MAX_EXPORTS
from pixelmill.settings import ApiSettings

if TYPE_CHECKING:
    from flask import Flask  # the process that watches does without

STOP_SECONDS: Final = 15
"""How long running requests may take after SIGTERM: no wait is left then, only the largest uploads need as much."""

CONNECTION_BUFFER_BYTES: Final = 64 * 1024
"""What is read ahead of a connection; with granian's 408 kB, 200 uploads at once took 165 MB instead of 75."""

_STOP_SIGNALS: Final = frozenset({signal.SIGTERM, signal.SIGINT})

# granian's lines go through the handlers that `configure_logs` has set up.
_GRANIAN_LOGS: Final[dict[str, object]] = {
    "formatters": {},
    "handlers": {},
    "loggers": {"_granian": {"propagate": True}, "granian.access": {"propagate": True}},
}

_log = structlog.get_logger()


def serve(settings: ApiSettings, load: "Callable[[], Flask]") -> None:
    """Serve until SIGTERM or SIGINT, then let running requests end.

    Args:
        settings: Where to listen, and with how many threads.
        load: Makes the application, in the process that serves; can be pickled.

    Raises:
        OSError: The address cannot be listened on.
        SystemExit: The serving process died; the status is 1.
    """
    server = Granian(
        target="",
        address=_free_address(settings.host, settings.port),
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=1,
        # An event stream holds a thread for as long as it is open: it must take none from the other requests.
        blocking_threads=settings.threads + settings.max_streams + MAX_EXPORTS,
        websockets=False,
        http1_settings=HTTP1Settings(max_buffer_size=CONNECTION_BUFFER_BYTES),
        workers_kill_timeout=STOP_SECONDS,
        # Above warnings: it warns of every number of threads that suits requests which wait.
        log_level=LogLevels.error,
        log_dictconfig=_GRANIAN_LOGS,
    )
    _log.info("api_starting", host=settings.host, port=settings.port, threads=settings.threads)
    server.serve(target_loader=load, wrap_loader=False)


def _free_address(host: str, port: int) -> str:
    """The IP address of a host, on which nobody listens at this port.

    granian takes no names, and would share a taken port (SO_REUSEPORT), so that each side gets half the requests.
    """
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        socket.create_server(address, family=family).close()
    except OSError as error:
        raise OSError(f"The api cannot listen on {host}:{port}: {_reason_of(error)}") from error
    return str(address[0])


def _reason_of(error: OSError) -> str | None:
    """Without what the socket module adds, which names the address once more."""
    return error.strerror if isinstance(error, socket.gaierror) else os.strerror(error.errno or 0)


def on_stop(callback: Callable[[], None]) -> None:
    """Have `callback` called, in a thread, when this process is told to stop or its parent is gone.

    granian sets the handlers of the signals after the application is loaded, so handlers of ours would be lost; the
    wake-up descriptor hears of each signal besides. To be called in the main thread of the serving process.
    """
    ears, mouth = socket.socketpair()
    mouth.setblocking(False)  # noqa: FBT003 - the standard library's signature
    signal.set_wakeup_fd(mouth.fileno(), warn_on_full_buffer=False)
    threading.Thread(target=_call_on_signal, args=(ears, mouth, callback), name="on-stop", daemon=True).start()
    threading.Thread(target=_stop_with_parent, name="parent-watch", daemon=True).start()


def _call_on_signal(ears: socket.socket, _mouth: socket.socket, callback: Callable[[], None]) -> None:
    # `_mouth` is held for as long as the thread lives: closed, its descriptor could become another file's.
    while ears.recv(1)[0] not in _STOP_SIGNALS:
        pass
    callback()


def _stop_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
