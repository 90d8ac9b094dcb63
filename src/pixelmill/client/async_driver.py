"""Perform flows in an event loop: `driver` once more, awaiting."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Self, TypeVar

import httpx
from httpx_sse import EventSource, ServerSentEvent

from pixelmill.client.answers import address, checked, credentials, is_stream, reachable
from pixelmill.client.download import Unfinished
from pixelmill.client.problems import ApiProblem, ClientError
from pixelmill.client.retries import retried_async
from pixelmill.client.steps import Call, Emit, Flow, NextEvent, Open, Pause, Running, Step
from pixelmill.domain.task import Task
from pixelmill.domain.variant import Variant

T = TypeVar("T")


class AsyncDriver:
    """Performs flows over one connection pool.

    Args:
        base_url: Where the service is.
        api_key: Shown with every call; None if there is none.
        timeout_seconds: Time for a connection, and between two bytes of an answer.
        retry_seconds: How long a failing call is repeated.
    """

    def __init__(self, base_url: str, api_key: str | None, timeout_seconds: float, retry_seconds: float) -> None:
        self._http = httpx.AsyncClient(
            base_url=address(base_url), headers=credentials(api_key), timeout=timeout_seconds
        )
        self._retry_seconds = retry_seconds
        self._timeout_seconds = timeout_seconds

    async def run(self, flow: Flow[T]) -> T:
        """Perform a flow and return its result; what it emits is nobody's."""
        running = Running(flow)
        async for _ in self.emitted(running):
            pass
        return running.result

    async def emitted(self, running: Running[T]) -> AsyncIterator[Task]:
        """Perform a flow as far as what it emits is wanted."""
        async with _Stream(self._http, self._timeout_seconds) as stream:
            while running.step is not None:
                if isinstance(running.step, Emit):
                    yield running.step.task
                    running.answer(None)
                else:
                    await self._perform(running, running.step, stream)

    async def _perform(self, running: Running[T], step: Step, stream: "_Stream") -> None:
        try:
            reply = await self._reply(step, stream)
        except ClientError as error:
            running.fail(error)
        else:
            running.answer(reply)

    async def _reply(self, step: Step, stream: "_Stream") -> object:
        match step:
            case Call():
                return await retried_async(partial(self._ask, step), self._retry_seconds)
            case Pause(seconds):
                await asyncio.sleep(seconds)
            case Open():
                await stream.open(step)
            case NextEvent():
                return await stream.next_event()
            case Emit():
                pass  # told already
        return None

    async def _ask(self, call: Call) -> httpx.Response:
        with reachable(self._http.base_url), call.arguments(self._timeout_seconds) as arguments:
            return checked(await self._http.request(**arguments))

    async def download(self, variant: Variant, destination: Path) -> Path:
        """Save a variant to a file, whole or not at all."""
        return await retried_async(partial(self._download, variant, destination), self._retry_seconds)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _download(self, variant: Variant, destination: Path) -> Path:
        with Unfinished(variant, destination) as file:
            with reachable(variant.url):
                async with self._http.stream("GET", variant.url) as response:
                    if not response.is_success:
                        await response.aread()
                        raise ApiProblem.of(response)
                    async for chunk in response.aiter_bytes():
                        file.write(chunk)
            return file.finish()


class _Stream:
    """One event stream after the other."""

    def __init__(self, http: httpx.AsyncClient, timeout_seconds: float) -> None:
        self._http = http
        self._timeout_seconds = timeout_seconds
        self._open = AsyncExitStack()
        self._events: AsyncIterator[ServerSentEvent] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()

    async def open(self, step: Open) -> None:
        await self._open.aclose()
        timeout = httpx.Timeout(self._timeout_seconds, read=step.silence_seconds)
        headers = {"Accept": "text/event-stream", "Last-Event-ID": step.last_event_id}
        with reachable(self._http.base_url):
            opening = self._http.stream("GET", step.path, headers=headers, timeout=timeout)
            response = await self._open.enter_async_context(opening)
            if not is_stream(response):
                await response.aread()
                raise ApiProblem.of(response)
        response.stream = _Limited(response.stream, time.monotonic() + step.seconds)
        self._events = None
        if response.status_code == httpx.codes.OK:
            events = EventSource(response).aiter_sse()
            self._open.push_async_callback(events.aclose)
            self._events = events

    async def next_event(self) -> ServerSentEvent | None:
        if self._events is None:
            return None
        with reachable(self._http.base_url):
            return await anext(self._events, None)


class _Limited(httpx.AsyncByteStream):
    """What comes until a moment; then, with the next that comes, the end."""

    def __init__(self, stream: httpx.SyncByteStream | httpx.AsyncByteStream, ends_at: float) -> None:
        assert isinstance(stream, httpx.AsyncByteStream)  # noqa: S101 - of a client that awaits
        self._stream = stream
        self._ends_at = ends_at

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._stream:
            yield chunk
            if time.monotonic() >= self._ends_at:
                return

    async def aclose(self) -> None:
        await self._stream.aclose()
