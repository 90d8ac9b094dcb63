"""nginx with the repository's template, before an api that a test makes up."""

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from pixelmill.settings import Settings
from pixelmill.stack.servers import nginx
from tests.support.servers import RunningProcess
from tests.support.wait import wait_until


@dataclass
class Answer:
    """What the api says to every request."""

    status: int = HTTPStatus.OK
    body: bytes = b'{"from":"api"}'
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    may_end: threading.Event | None = None
    """If given, the last byte is held back until it is set."""


class Api(ThreadingHTTPServer):
    """An api that answers what it is told to, and keeps the requests."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer = Answer()
        self.requests: list[tuple[str, str, dict[str, str], bytes]] = []


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 65536  # head and body in one packet
    server: Api

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.requests.append((self.command, self.path, headers, body))
        self.send_response(self.server.answer.status)
        for name, value in self.server.answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(self.server.answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self._write(self.server.answer)

    def _write(self, answer: Answer) -> None:
        if answer.may_end is not None:
            self.wfile.write(answer.body[:-1])
            self.wfile.flush()
            answer.may_end.wait(timeout=30)
        self.wfile.write(answer.body if answer.may_end is None else answer.body[-1:])

    do_POST = do_HEAD = do_DELETE = do_GET  # noqa: N815 - the names are the library's

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the library's
        pass


class Front:
    """A running nginx. `folder` holds `frontend` and `results`; `change` may edit the configuration.

    With `bucket`, results are where the api redirects to.
    """

    def __init__(self, folder: Path, port: int, change: Callable[[str], str] = str, *, bucket: bool = False) -> None:
        self.folder = folder
        self.base_url = f"http://127.0.0.1:{port}"
        self.api = Api()
        values = nginx.variables(
            Settings.from_environment(),
            listen=f"127.0.0.1:{port}",
            api=f"127.0.0.1:{self.api.server_port}",
            results=None if bucket else folder / "results",
            frontend=folder / "frontend",
            run=folder,
        )
        for name, text in nginx.render(values).items():
            (folder / name).write_text(change(text))
        self.running = RunningProcess(nginx.process(folder), folder / "nginx.log")

    def __enter__(self) -> Self:
        threading.Thread(target=self.api.serve_forever, daemon=True).start()
        self.running.start()
        wait_until(self._answers)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.running.stop()
        self.stop_api()

    def stop_api(self) -> None:
        self.api.shutdown()
        self.api.server_close()

    def _answers(self) -> bool:
        self.running.assert_alive()
        with suppress(httpx.TransportError):
            return httpx.get(f"{self.base_url}/no-such-image/.x").status_code == HTTPStatus.NOT_FOUND
        return False
