"""What a call does, step by step, without doing it: the same for the client that blocks and the one that awaits.

A flow is a generator. It yields a step, is sent what came of it, and returns the result of the call. The two clients
differ in how they perform a step, and in nothing else.
"""

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from json import dumps
from pathlib import Path
from typing import Any, Generic, TypeAlias, TypeVar

import httpx

from pixelmill.client.problems import ClientError
from pixelmill.domain.task import Task

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Call:
    """Ask the service, again and again if need be; sent the successful answer, or thrown a `ClientError`.

    Attributes:
        json: The body; the part `task` of a form if there is an upload.
        upload: The image of a form.
        wait_seconds: How long the service may wait with the answer, as it was asked to.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    json: object = None
    upload: Path | None = None
    wait_seconds: float = 0.0

    @contextmanager
    def arguments(self, timeout_seconds: float) -> Iterator[dict[str, Any]]:
        """What httpx is to be told, for one try."""
        arguments: dict[str, Any] = {
            "method": self.method,
            "url": self.path,
            "params": self.query,
            "headers": self.headers,
            "timeout": httpx.Timeout(timeout_seconds, read=timeout_seconds + self.wait_seconds),
        }
        if self.upload is None:
            yield arguments | {"json": self.json}
            return
        with self.upload.open("rb") as file:
            task_part = (None, dumps(self.json), "application/json")
            yield arguments | {"files": {"task": task_part, "image": (self.upload.name, file)}}


@dataclass(frozen=True)
class Pause:
    """Do nothing for a while."""

    seconds: float


@dataclass(frozen=True, kw_only=True)
class Open:
    """Open an event stream, in the place of one that is open; thrown a `ClientError` if that fails at once.

    Attributes:
        last_event_id: What was received before; empty at first.
        silence_seconds: A connection on which nothing comes for so long is broken.
        seconds: How long the stream is used.
    """

    path: str
    last_event_id: str
    silence_seconds: float
    seconds: float


@dataclass(frozen=True)
class NextEvent:
    """Await an event; sent None when the stream has ended or its time is up, thrown a `ClientError` if it broke."""


@dataclass(frozen=True)
class Emit:
    """Hand a task to the caller, who is not done yet."""

    task: Task


Step: TypeAlias = Call | Pause | Open | NextEvent | Emit
Flow: TypeAlias = Generator[Step, Any, T]
"""What it is sent depends on the step, see there."""


class Running(Generic[T]):
    """A flow under way.

    Attributes:
        step: What it wants done; None once it has ended.
        result: What it has returned, once it has ended.
    """

    step: Step | None
    result: T

    def __init__(self, flow: Flow[T]) -> None:
        self._flow = flow
        self._advance(partial(next, flow))

    def answer(self, reply: object) -> None:
        """Go on with what came of the step."""
        self._advance(partial(self._flow.send, reply))

    def fail(self, error: ClientError) -> None:
        """Go on with what kept the step from being done; raises it if the flow knows no way out."""
        self._advance(partial(self._flow.throw, error))

    def _advance(self, go: Callable[[], Step]) -> None:
        try:
            self.step = go()
        except StopIteration as end:
            self.step, self.result = None, end.value
