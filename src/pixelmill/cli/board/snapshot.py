"""How the service stands at one moment, as its own routes tell: `/ready`, `/overview` and `/task-history`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from pixelmill.client.answers import checked, reachable
from pixelmill.client.problems import ApiProblem, ClientError
from pixelmill.domain.overview import Overview
from pixelmill.domain.task import Status, Task

ANSWER_SECONDS: Final = 4.0
"""A board that waits longer than a service that is well takes is no board."""

RECENT_TASKS: Final = 50
"""More than most terminals have lines for."""

SHOWN_FAILURES: Final = 10

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """What could be read at one moment.

    Attributes:
        time: When.
        checks: The servers, each `ok` or `unavailable`; None if the service does not answer.
        overview: The queue, the workers, how tasks fared lately; or why it was not told.
        recent: The tasks accepted last, the last one first; or why they were not told.
        failures: Those of them that failed last; or why they were not told.
    """

    time: datetime
    checks: Mapping[str, str] | None
    overview: Overview | ClientError
    recent: list[Task] | ClientError
    failures: list[Task] | ClientError

    @property
    def is_ready(self) -> bool:
        """Whether tasks are taken; the history may be missing."""
        return self.checks is not None and all(state == "ok" for name, state in self.checks.items() if name != "trail")

    @property
    def refusals(self) -> Iterable[ApiProblem]:
        """What was not told because it needs an API key, or another one."""
        for told in (self.overview, self.recent, self.failures):
            if isinstance(told, ApiProblem) and told.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
                yield told


class _Page(BaseModel):
    tasks: list[Task]


class _Readiness(BaseModel):
    checks: dict[str, str]


def take_snapshot(http: httpx.Client) -> Snapshot:
    """Ask the service how it stands; what is not told is said with its reason."""
    return Snapshot(
        time=datetime.now(UTC),
        checks=_checks(http),
        overview=_told(http, "/overview", Overview),
        recent=_tasks(http, {"limit": str(RECENT_TASKS)}),
        failures=_tasks(http, {"limit": str(SHOWN_FAILURES), "status": Status.FAILED.value}),
    )


def _checks(http: httpx.Client) -> dict[str, str] | None:
    """Those of a service that is ready, and those of the problem that one that is not answers with."""
    try:
        return _Readiness.model_validate_json(http.get("/ready").content).checks
    except (httpx.TransportError, ValidationError):
        return None


def _tasks(http: httpx.Client, query: Mapping[str, str]) -> list[Task] | ClientError:
    page = _told(http, "/task-history", _Page, query)
    return page if isinstance(page, ClientError) else page.tasks


def _told(
    http: httpx.Client, path: str, model: type[Model], query: Mapping[str, str] | None = None
) -> Model | ClientError:
    try:
        with reachable("The service"):
            return model.model_validate_json(checked(http.get(path, params=query)).content)
    except ValidationError:
        return ClientError(f"{path} is answered by another version of the service, or by something else.")
    except ClientError as error:
        return error
