"""Handing in many sources to a service that takes only so many a minute."""

from collections.abc import Iterator
from typing import cast

import httpx
import pytest

from pixelmill.cli.errand import Errand, _Each
from pixelmill.cli.results import Results
from pixelmill.cli.sources import Source
from pixelmill.client import ApiProblem, AsyncClient
from pixelmill.domain.source import SourceInfo
from pixelmill.domain.task import Status, Task
from tests.support.kept_tasks import MORNING

SOURCE = Source("https://example.com/cat.jpg")
TASK = Task(task_id="1" * 32, status=Status.PENDING, source=SourceInfo(), queued_at=MORNING)


def refusal(code: str, retry_after: str | None) -> ApiProblem:
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    return ApiProblem.of(httpx.Response(429, headers=headers, json={"title": "No", "detail": "Not now.", "code": code}))


class Refusing:
    """A client that is refused, then taken in."""

    def __init__(self, *refusals: ApiProblem) -> None:
        self.refusals: Iterator[ApiProblem] = iter(refusals)

    async def submit(self, source: str, **wanted: object) -> Task:
        assert (source, wanted["priority"]) == (SOURCE.name, "bulk")
        for problem in self.refusals:
            raise problem
        return TASK


class Told:
    """A display that keeps what it was told."""

    def __init__(self) -> None:
        self.states: list[str] = []

    def tell(self, source: str, state: str, share: float | None = None) -> None:
        assert (source, share) == (SOURCE.name, None)
        self.states.append(state)

    def end(self, source: str, *lines: str) -> None:
        assert source == SOURCE.name
        self.states.extend(lines)

    def result(self, line: str) -> None:
        self.states.append(line)


def work(client: Refusing, told: Told) -> _Each:
    errand = Errand(
        preset=None,
        parameters={"width": 100},
        priority="bulk",
        refresh=False,
        output=None,
        timeout_seconds=30,
        as_json=False,
        wait=False,
        at_once=1,
    )
    return _Each(errand, cast("AsyncClient", client), told, Results([SOURCE], None), is_alone=False)


async def test_a_service_that_takes_no_more_is_waited_for() -> None:
    """As long as it says; the sources after this one are not given up."""
    told = Told()
    refusals = [refusal("too_many_submissions", "0")] * 2
    ended = await work(Refusing(*refusals), told).work(SOURCE)
    assert (ended.lines, ended.is_well) == ((TASK.task_id,), True)
    waited = "waiting 0 s, the service takes no more now"
    assert told.states[:3] == ["submitting", waited, waited]


@pytest.mark.parametrize(
    ("code", "retry_after"),
    [("too_many_submissions", "31"), ("too_many_submissions", None), ("rate_limited", "0")],
    ids=["longer than the wait", "nobody says how long", "another refusal"],
)
async def test_what_does_not_pass_in_time_ends_all(code: str, retry_after: str | None) -> None:
    """The command says why."""
    with pytest.raises(ApiProblem) as refused:
        await work(Refusing(refusal(code, retry_after)), Told()).work(SOURCE)
    assert refused.value.code == code
