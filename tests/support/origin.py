"""An origin server for tests: `with Origin() as origin: url = origin.serve("/cat.jpg", body(content))`.

It runs in a thread of its own, so that tests with and without an event loop use it. `answers` has what it can be told
to answer; what it was not told about is 404.
"""

import asyncio
import ssl
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from tests.support.answers import Answer, Request, failing

_ABORTED = (ConnectionError, asyncio.IncompleteReadError)


@dataclass
class Origin:
    """A server on a free loopback port, in a thread of its own. `requests` has what it was asked, in order.

    With `tls` it speaks https. What one `owner` serves, no other may: for tests that share a cache of sources, too.
    """

    host: str = "127.0.0.1"
    port: int = 0
    tls: ssl.SSLContext | None = None
    owner: str = ""
    requests: list[Request] = field(default_factory=list)
    _answers: dict[str, Answer] = field(default_factory=dict)
    _owners: dict[str, str] = field(default_factory=dict)
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _connections: set["asyncio.Task[None]"] = field(default_factory=set)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._loop.run_forever, name="origin", daemon=True)
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(
            asyncio.start_server(self._connect, self.host, self.port, ssl=self.tls), self._loop
        ).result()
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def serve(self, path: str, answer: Answer) -> str:
        """Give an answer at a path, whatever its query; returns the URL."""
        owner = self._owners.setdefault(path, self.owner)
        assert owner == self.owner, f"{owner} served {path}, too, and who fetched it may have kept it"
        self._answers[path] = answer
        return self.url(path)

    def url(self, path: str) -> str:
        return f"{'https' if self.tls else 'http'}://{self.host}:{self.port}{path}"

    def times_asked(self, path: str) -> int:
        return sum(request.path == path for request in self.requests)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = asyncio.current_task()
        assert connection is not None
        self._connections.add(connection)
        try:
            with suppress(*_ABORTED):
                while not writer.is_closing():
                    request = await _read_request(reader)
                    self.requests.append(request)
                    await self._answers.get(request.path, failing(404))(request, writer)
                    await writer.drain()
        except asyncio.CancelledError:
            pass
        finally:
            self._connections.discard(connection)
            writer.close()

    async def _stop(self) -> None:
        self._server.close()
        connections = list(self._connections)
        for connection in connections:
            connection.cancel()
        await asyncio.gather(*connections)
        await self._loop.shutdown_default_executor()


async def _read_request(reader: asyncio.StreamReader) -> Request:
    lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, _ = lines[0].split(" ")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines[1:] if line)}
    content = await reader.readexactly(int(headers.get("content-length", 0)))
    return Request(method, target, headers, content)
