"""Perform flows by blocking calls."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Self, TypeVar

import httpx
from httpx_sse import EventSource, ServerSentEvent

from pixelmill.client.answers import address, checked, credentials, is_stream, reachable
from pixelmill.client.download import Unfinished
from pixelmill.client.problems import ApiProblem, ClientError
from pixelmill.client.retries import retried
from pixelmill.client.steps import Call, Emit, Flow, NextEvent, Open, Pause, Running, Step
from pixelmill.domain.task import Task
from pixelmill.domain.variant import Variant

T = TypeVar("T")


class Driver:
    """Performs flows over one connection pool.

    Args:
        base_url: Where the service is.
        api_key: Shown with every call; None if there is none.
        timeout_seconds: Time for a connection, and between two bytes of an answer.
        retry_seconds: How long a failing call is repeated.
    """

    def __init__(self, base_url: str, api_key: str | None, timeout_seconds: float, retry_seconds: float) -> None:
        self._http = httpx.Client(base_url=address(base_url), headers=credentials(api_key), timeout=timeout_seconds)
        self._retry_seconds = retry_seconds
        self._timeout_seconds = timeout_seconds

    def run(self, flow: Flow[T]) -> T:
        """Perform a flow and return its result; what it emits is nobody's."""
        running = Running(flow)
        for _ in self.emitted(running):
            pass
        return running.result

    def emitted(self, running: Running[T]) -> Iterator[Task]:
        """Perform a flow as far as what it emits is wanted."""
        with _Stream(self._http, self._timeout_seconds) as stream:
            while running.step is not None:
                if isinstance(running.step, Emit):
                    yield running.step.task
                    running.answer(None)
                else:
                    self._perform(running, running.step, stream)

    def _perform(self, running: Running[T], step: Step, stream: "_Stream") -> None:
        try:
            reply = self._reply(step, stream)
        except ClientError as error:
            running.fail(error)
        else:
            running.answer(reply)

    def _reply(self, step: Step, stream: "_Stream") -> object:
        match step:
            case Call():
                return retried(partial(self._ask, step), self._retry_seconds)
            case Pause(seconds):
                time.sleep(seconds)
            case Open():
                stream.open(step)
            case NextEvent():
                return stream.next_event()
            case Emit():
                pass  # told already
        return None

    def _ask(self, call: Call) -> httpx.Response:
        with reachable(self._http.base_url), call.arguments(self._timeout_seconds) as arguments:
            return checked(self._http.request(**arguments))

    def download(self, variant: Variant, destination: Path) -> Path:
        """Save a variant to a file, whole or not at all."""
        return retried(partial(self._download, variant, destination), self._retry_seconds)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _download(self, variant: Variant, destination: Path) -> Path:
        with Unfinished(variant, destination) as file:
            with reachable(variant.url), self._http.stream("GET", variant.url) as response:
                if not response.is_success:
                    response.read()
                    raise ApiProblem.of(response)
                for chunk in response.iter_bytes():
                    file.write(chunk)
            return file.finish()


class _Stream:
    """One event stream after the other."""

    def __init__(self, http: httpx.Client, timeout_seconds: float) -> None:
        self._http = http
        self._timeout_seconds = timeout_seconds
        self._open = ExitStack()
        self._events: Iterator[ServerSentEvent] = iter(())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def open(self, step: Open) -> None:
        self._open.close()
        timeout = httpx.Timeout(self._timeout_seconds, read=step.silence_seconds)
        headers = {"Accept": "text/event-stream", "Last-Event-ID": step.last_event_id}
        with reachable(self._http.base_url):
            opening = self._http.stream("GET", step.path, headers=headers, timeout=timeout)
            response = self._open.enter_context(opening)
            if not is_stream(response):
                response.read()
                raise ApiProblem.of(response)
        response.stream = _Limited(response.stream, time.monotonic() + step.seconds)
        self._events = EventSource(response).iter_sse() if response.status_code == httpx.codes.OK else iter(())

    def next_event(self) -> ServerSentEvent | None:
        with reachable(self._http.base_url):
            return next(self._events, None)


class _Limited(httpx.SyncByteStream):
    """What comes until a moment; then, with the next that comes, the end."""

    def __init__(self, stream: httpx.SyncByteStream | httpx.AsyncByteStream, ends_at: float) -> None:
        assert isinstance(stream, httpx.SyncByteStream)  # noqa: S101 - of a client that blocks
        self._stream = stream
        self._ends_at = ends_at

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._stream:
            yield chunk
            if time.monotonic() >= self._ends_at:
                return

    def close(self) -> None:
        self._stream.close()
