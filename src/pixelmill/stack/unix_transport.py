"""XML-RPC over a Unix socket, with a time limit: what supervisord is spoken to through."""

import socket
from http.client import HTTPConnection
from pathlib import Path
from xmlrpc.client import Transport


class _UnixConnection(HTTPConnection):
    def __init__(self, path: Path, timeout_seconds: float) -> None:
        super().__init__("localhost", timeout=timeout_seconds)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


class UnixTransport(Transport):
    """A transport that connects anew for every call: calls are rare, and supervisord may have been replaced."""

    def __init__(self, path: Path, timeout_seconds: float) -> None:
        super().__init__()
        self._path = path
        self._timeout_seconds = timeout_seconds

    def make_connection(self, host: object) -> HTTPConnection:  # noqa: ARG002 - xmlrpc passes it
        """The connection for a call; the host in the URL means nothing here."""
        return _UnixConnection(self._path, self._timeout_seconds)
