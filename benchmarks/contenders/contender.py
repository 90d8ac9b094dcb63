"""What all contenders have in common."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Protocol

import aiohttp
import psutil

from benchmarks.meter import Roles
from benchmarks.wanted import Wanted

START_SECONDS = 30.0
STOP_SECONDS = 10.0


class Contender(Protocol):
    """Somebody who makes images of sources, as many at once as are asked for."""

    name: str

    async def make(self, wanted: Wanted) -> bytes:
        """Make an image; returns the file."""
        ...

    def roles(self) -> Roles:
        """Its processes."""
        ...


Opening = Callable[[], AbstractAsyncContextManager[Contender]]
"""Starts a contender, and stops it at the end."""


class HttpContender:
    """A server that answers a GET with the image.

    Args:
        name: What it is called.
        url_of: The URL that answers what is wanted.
        process: The server; its children are of it.
        session: What asks it.
    """

    def __init__(
        self,
        name: str,
        url_of: Callable[[Wanted], str],
        process: asyncio.subprocess.Process,
        session: aiohttp.ClientSession,
    ) -> None:
        self.name = name
        self._url_of = url_of
        self._process = process
        self._session = session

    async def make(self, wanted: Wanted) -> bytes:
        """As `Contender.make`."""
        async with self._session.get(self._url_of(wanted)) as response:
            response.raise_for_status()
            return await response.read()

    def roles(self) -> Roles:
        """As `Contender.roles`."""
        server = psutil.Process(self._process.pid)
        return {"server": [server.pid, *(child.pid for child in server.children(recursive=True))]}


@asynccontextmanager
async def http_contender(
    name: str, command: Sequence[str | Path], base_url: str, url_of: Callable[[Wanted], str]
) -> AsyncIterator[Contender]:
    """Start a server and wait until it answers at all."""
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL, start_new_session=True
    )
    try:
        async with client_session() as session:
            await _await_answer(session, base_url)
            yield HttpContender(name, url_of, process, session)
    finally:
        os.killpg(process.pid, signal.SIGTERM)  # thumbor's processes outlive the first of them
        async with asyncio.timeout(STOP_SECONDS):
            await process.wait()


def client_session() -> aiohttp.ClientSession:
    """A client that opens as many connections as there are requests at once."""
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), read_bufsize=1 << 20)


async def _await_answer(session: aiohttp.ClientSession, url: str) -> None:
    async with asyncio.timeout(START_SECONDS):
        while True:
            try:
                async with session.get(url):
                    return
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.05)
