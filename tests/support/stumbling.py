"""A proxy before an HTTP server that fails in every way a network and a busy server do, at every so many requests."""

import http.client
import socket
import struct
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle
from typing import Final
from urllib.parse import urlsplit

SLOW_DOWN: Final = b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"


class Fault(StrEnum):
    """What happens to a request."""

    ERROR = "error"
    """500, before anything is done."""
    SLOW_DOWN = "slow_down"
    """503, as S3 asks for patience."""
    RESET = "reset"
    """The connection is reset when the request has come."""
    CUT_REQUEST = "cut_request"
    """The connection is reset in the middle of the request's body."""
    LOST_ANSWER = "lost_answer"
    """It is done, and nobody hears of it."""
    CUT_ANSWER = "cut_answer"
    """Half of the answer's body, then the end."""
    HANG = "hang"
    """Nothing, until the client gives up."""


class Stumbling(ThreadingHTTPServer):
    """Passes requests on to a server, and fails at some.

    Args:
        behind: The server, as `http://host:port`.
        faults: What happens in turn at every `every`-th request.
        every: How often.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, behind: str, faults: Sequence[Fault], every: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.behind = urlsplit(behind).netloc
        self.stopping = threading.Event()
        self.seen = 0
        self.met: Counter[Fault] = Counter()
        self._lock = threading.Lock()
        self.fail_with(faults, every)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def fail_with(self, faults: Sequence[Fault], every: int) -> None:
        """From now on, fail in these ways in turn; never, with 0."""
        self._faults, self._every = cycle(faults), every

    def next_fault(self) -> Fault | None:
        """What happens to the request that has just come."""
        with self._lock:
            self.seen += 1
            if not self._every or self.seen % self._every:
                return None
            fault = next(self._faults)
            self.met[fault] += 1
            return fault

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that went away are part of the game."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 65536
    server: Stumbling

    def _serve(self) -> None:
        fault = self.server.next_fault()
        length = int(self.headers.get("Content-Length", 0))
        if fault is Fault.CUT_REQUEST:
            self.rfile.read(length // 2)
            self._reset()
            return
        body = self.rfile.read(length)
        before: dict[Fault | None, Callable[[], None]] = {
            Fault.ERROR: lambda: self._answer(500, b"<Error><Code>InternalError</Code></Error>"),
            Fault.SLOW_DOWN: lambda: self._answer(503, SLOW_DOWN),
            Fault.RESET: self._reset,
            Fault.HANG: self._hang,
        }
        if fault in before:
            before[fault]()
            return
        status, headers, content = self._pass_on(body)
        if fault is Fault.LOST_ANSWER:
            self._reset()
        else:
            self._send(status, headers, content, cut=fault is Fault.CUT_ANSWER)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _serve  # noqa: N815 - the names are the library's

    def _pass_on(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        connection = http.client.HTTPConnection(self.server.behind, timeout=30)
        try:
            connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                connection.putheader(name, value)
            connection.endheaders(body)
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            connection.close()

    def _send(self, status: int, headers: Sequence[tuple[str, str]], content: bytes, *, cut: bool) -> None:
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in {"transfer-encoding", "connection", "content-length"}:
                self.send_header(name, value)
        stated = {name.lower(): value for name, value in headers}.get("content-length")
        self.send_header("Content-Length", stated if self.command == "HEAD" and stated else str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content[: len(content) // 2] if cut else content)
        self.close_connection = cut

    def _answer(self, status: int, content: bytes) -> None:
        self._send(status, [("Content-Type", "application/xml")], content, cut=False)

    def _reset(self) -> None:
        # Not a polite end: the next thing the client reads is an error.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True

    def _hang(self) -> None:
        self.server.stopping.wait()
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the library's
        pass


@contextmanager
def stumbling(behind: str, faults: Sequence[Fault] = tuple(Fault), every: int = 10) -> Iterator[Stumbling]:
    """A proxy that runs meanwhile; see `Stumbling`."""
    server = Stumbling(behind, faults, every)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    try:
        yield server
    finally:
        server.stopping.set()
        server.shutdown()
        server.server_close()
        serving.join()
