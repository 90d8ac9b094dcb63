"""A name server for tests: `with Names({"rebind.example": ["1.2.3.4", "127.0.0.1"]}) as names:`."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from aiohttp import TCPConnector
from aiohttp.resolver import AsyncResolver
from dnslib import QTYPE, RCODE, RR
from dnslib.dns import AAAA, A
from dnslib.server import BaseResolver, DNSLogger, DNSServer

from pixelmill.fetch.fetcher import Fetcher

SERVER_FAILURE = "server failure"


@dataclass
class Names(BaseResolver):  # type: ignore[misc] # the library has no types
    """A server on loopback. Each lookup of a name gets its next answer, the last one for ever.

    An answer is an address, or several with spaces between them; none is a name without addresses; or
    `SERVER_FAILURE`. What is not listed does not exist.
    """

    answers: Mapping[str, Sequence[str]]
    asked: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._lock = threading.Lock()
        self._server = DNSServer(self, address="127.0.0.1", port=0, logger=DNSLogger("-request,-reply,-truncated"))
        self._server.start_thread()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.stop()
        self._server.server.server_close()

    @property
    def address(self) -> str:
        host, port = self._server.server.server_address
        return f"{host}:{port}"

    def be_asked_by(self, fetcher: Fetcher) -> None:
        """Make the fetcher look names up here, each time anew."""
        connector = fetcher._session.connector
        assert isinstance(connector, TCPConnector)
        assert isinstance(connector._resolver, AsyncResolver)
        connector._resolver._resolver.nameservers = [self.address]
        connector._use_dns_cache = False

    def resolve(self, request: Any, _handler: object) -> Any:  # noqa: ANN401 - the library has no types
        name = str(request.q.qname).rstrip(".")
        kind = QTYPE[request.q.qtype]
        reply = request.reply()
        answer = self._next_answer(name, kind)
        if answer is None:
            reply.header.rcode = RCODE.NXDOMAIN
        elif answer == SERVER_FAILURE:
            reply.header.rcode = RCODE.SERVFAIL
        else:
            for address in answer.split():
                record = AAAA(address) if ":" in address else A(address)
                if kind == type(record).__name__:
                    reply.add_answer(RR(name, request.q.qtype, rdata=record, ttl=0))
        return reply

    def _next_answer(self, name: str, kind: str) -> str | None:
        """Each lookup asks twice: for IPv4 and for IPv6. One of them turns the page."""
        with self._lock:
            if name not in self.answers:
                return None
            turns = [asked for asked in self.asked if asked == name]
            if kind == "A":
                self.asked.append(name)
            return self.answers[name][min(len(turns), len(self.answers[name]) - 1)]
