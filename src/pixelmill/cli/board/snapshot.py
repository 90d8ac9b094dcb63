"""How the service stands at one moment, as its own routes tell: `/ready`, `/metrics` and `/task-history`."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final

import httpx
from pydantic import BaseModel, ValidationError

from pixelmill.domain.task import Status, Task

ANSWER_SECONDS: Final = 4.0
"""A board that waits longer than a service that is well takes is no board."""

RECENT_TASKS: Final = 100
"""Figures are those of so many tasks; the board shows the first of them."""

SHOWN_FAILURES: Final = 10

_SAMPLE = re.compile(r"^(\w+)(?:\{(.*)\})? (\S+)$", re.MULTILINE)
_LABEL = re.compile(r'(\w+)="([^"]*)"')

Samples = dict[str, dict[str, float]]
"""Values by the name of the metric and the value of its one label, empty if it has none."""


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """What could be read at one moment; None for what could not.

    Attributes:
        time: When.
        checks: The servers, each `ok` or `unavailable`.
        queue: Tasks by state.
        oldest_waiting_seconds: How long the first of those that wait has waited.
        dead_letters: Tasks given up although trying again may help.
        submissions: How many submissions there were since the api has started, by outcome.
        recent: The tasks accepted last, the last one first.
        failures: Those of them that failed last.
    """

    time: datetime
    checks: Mapping[str, str] | None = None
    queue: Mapping[str, int] | None = None
    oldest_waiting_seconds: float | None = None
    dead_letters: int | None = None
    submissions: Mapping[str, float] | None = None
    recent: list[Task] | None = None
    failures: list[Task] | None = None

    @property
    def is_ready(self) -> bool:
        """Whether tasks are taken; the history may be missing."""
        return self.checks is not None and all(state == "ok" for name, state in self.checks.items() if name != "trail")


class _Page(BaseModel):
    tasks: list[Task]


class _Readiness(BaseModel):
    checks: dict[str, str]


def take_snapshot(http: httpx.Client) -> Snapshot:
    """Ask the service how it stands; what does not answer is left out."""
    samples = _samples(_text(http, "/metrics"))
    letters = samples.get("pixelmill_dead_letters", {}).get("")
    queue = samples.get("pixelmill_queue_tasks")
    return Snapshot(
        time=datetime.now(UTC),
        checks=_checks(http),
        queue={state: int(count) for state, count in queue.items()} if queue else None,
        oldest_waiting_seconds=samples.get("pixelmill_queue_oldest_seconds", {}).get(""),
        dead_letters=None if letters is None else int(letters),
        submissions=samples.get("pixelmill_submissions_total"),
        recent=_tasks(http, {"limit": str(RECENT_TASKS)}),
        failures=_tasks(http, {"limit": str(SHOWN_FAILURES), "status": Status.FAILED.value}),
    )


def _checks(http: httpx.Client) -> dict[str, str] | None:
    """Those of a service that is ready, and those of the problem that one that is not answers with."""
    try:
        return _Readiness.model_validate_json(http.get("/ready").content).checks
    except (httpx.TransportError, ValidationError):
        return None


def _tasks(http: httpx.Client, query: Mapping[str, str]) -> list[Task] | None:
    try:
        return _Page.model_validate_json(http.get("/task-history", params=query).content).tasks
    except (httpx.TransportError, ValidationError):
        return None


def _text(http: httpx.Client, path: str) -> str:
    try:
        answer = http.get(path)
    except httpx.TransportError:
        return ""
    return answer.text if answer.status_code == HTTPStatus.OK else ""  # nginx hands metrics out to its own machine only


def _samples(text: str) -> Samples:
    samples: Samples = {}
    for name, labels, value in _SAMPLE.findall(text):
        number, label = float(value), _LABEL.findall(labels or "")
        if len(label) <= 1 and not math.isnan(number):
            samples.setdefault(name, {})[label[0][1] if label else ""] = number
    return samples
