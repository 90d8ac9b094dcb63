"""Following a task, without any service: which steps are taken, whatever comes of them."""

from collections.abc import Callable

import httpx
import pytest
from httpx_sse import ServerSentEvent

from pixelmill.client.following import follow
from pixelmill.client.problems import ApiProblem, ServiceUnreachable
from pixelmill.client.steps import Call, Emit, NextEvent, Open, Pause, Running
from pixelmill.domain.source import SourceInfo
from pixelmill.domain.task import Stage, Status, Task
from tests.support.kept_tasks import MORNING

TASK_ID = "1" * 32


def a_task(stage: Stage | None = Stage.QUEUED) -> Task:
    """A pending task; a completed one without a stage."""
    status = Status.PENDING if stage else Status.COMPLETED
    return Task(task_id=TASK_ID, status=status, stage=stage, source=SourceInfo(), queued_at=MORNING)


QUEUED, FETCHING, ENDED = a_task(), a_task(Stage.FETCHING), a_task(None)


def told(task: Task, event_id: str) -> ServerSentEvent:
    return ServerSentEvent(event="message", id=event_id, data=task.model_dump_json())


def polled(task: Task, etag: str = '"a"') -> httpx.Response:
    return httpx.Response(200, headers={"ETag": etag}, content=task.model_dump_json())


class Following:
    """A flow, and what it has emitted. Each method takes the step that is expected."""

    def __init__(self, timeout_seconds: float = 100) -> None:
        self.running = Running(follow(QUEUED, timeout_seconds))
        self.emitted: list[Task] = []

    def opens(self) -> Open:
        assert isinstance(self.running.step, Open)
        return self.running.step

    def asks(self) -> Call:
        assert isinstance(self.running.step, Call)
        return self.running.step

    def gets(self, event: ServerSentEvent | None) -> None:
        assert isinstance(self.running.step, NextEvent)
        self.goes_on(event)

    def pauses(self) -> float:
        assert isinstance(self.running.step, Pause)
        seconds = self.running.step.seconds
        self.goes_on(None)
        return seconds

    def goes_on(self, reply: object) -> None:
        self.running.answer(reply)
        while isinstance(self.running.step, Emit):
            self.emitted.append(self.running.step.task)
            self.running.answer(None)


def test_a_stream_tells_all() -> None:
    """Each change once; what says nothing is passed by."""
    following = Following()
    assert following.opens().path == f"/task-status/{TASK_ID}/events"
    following.goes_on(None)
    for event in (told(QUEUED, "1"), ServerSentEvent(id="1"), told(FETCHING, "2"), told(ENDED, "3")):
        following.gets(event)
    following.gets(ServerSentEvent(event="end", data="{}", id="3"))
    following.gets(None)
    assert following.emitted == [FETCHING, ENDED]
    assert following.running.result == ENDED


@pytest.mark.parametrize("broken", [True, False], ids=["broken", "closed"])
def test_a_stream_that_breaks_off_is_resumed(*, broken: bool) -> None:
    """After a pause, from the last event on: an api that is stopped ends its streams."""
    following = Following()
    following.goes_on(None)
    following.gets(told(FETCHING, "2"))
    if broken:
        following.running.fail(ServiceUnreachable("gone"))
    else:
        following.gets(None)
    assert following.pauses() == 1
    assert following.opens().last_event_id == "2"
    following.goes_on(None)
    following.gets(told(ENDED, "3"))
    following.gets(None)
    assert following.emitted == [FETCHING, ENDED]


@pytest.mark.parametrize(
    "error",
    [
        lambda: ApiProblem.of(httpx.Response(503, json={"title": "", "detail": "", "code": "too_many_streams"})),
        lambda: ApiProblem.of(httpx.Response(404)),
        lambda: ApiProblem.of(httpx.Response(200, text="<html>")),
        lambda: ServiceUnreachable("gone"),
    ],
    ids=["no places", "no streams", "no stream", "nobody"],
)
def test_without_a_stream_it_polls(error: Callable[[], ApiProblem | ServiceUnreachable]) -> None:
    """At once for the first state, then waiting for each change."""
    following = Following()
    following.opens()
    following.running.fail(error())
    assert dict(following.asks().headers) == {}
    following.goes_on(polled(FETCHING))
    assert dict(following.asks().headers) == {"Prefer": "wait=20", "If-None-Match": '"a"'}
    following.goes_on(httpx.Response(304, headers={"Preference-Applied": "wait=20"}))
    following.goes_on(polled(ENDED))
    assert following.emitted == [FETCHING, ENDED]
    assert following.running.result == ENDED


def test_who_may_not_wait_pauses() -> None:
    """As long as the service says."""
    following = Following()
    following.running.fail(ServiceUnreachable("gone"))
    following.goes_on(polled(FETCHING))
    following.goes_on(httpx.Response(304, headers={"Retry-After": "3"}))
    assert following.pauses() == 3
    following.asks()


def test_a_task_that_is_gone_is_asked_for() -> None:
    """The status says what is known of it."""
    following = Following()
    following.goes_on(None)
    following.gets(ServerSentEvent(event="gone", id="1", data=f'{{"task_id": "{TASK_ID}"}}'))
    assert following.asks().path == f"/task-status/{TASK_ID}"
    with pytest.raises(ApiProblem):
        following.running.fail(ApiProblem.of(httpx.Response(410)))


def test_the_last_seconds_are_polled() -> None:
    """A stream ends when something comes, a poll when it has to."""
    assert 87 < Following(100).opens().seconds <= 88
    assert Following(100).opens().silence_seconds == 25
    assert 14 < Following(15).opens().silence_seconds <= 15
    following = Following(3)
    following.asks()
    following.goes_on(polled(FETCHING))
    assert following.asks().headers["Prefer"] in {"wait=2", "wait=3"}


def test_time_is_up() -> None:
    """The error names the task."""
    with pytest.raises(TimeoutError, match=TASK_ID):
        Following(0)


def test_a_task_that_has_ended_is_not_followed() -> None:
    """Nothing more happens to it."""
    running = Running(follow(ENDED, 0))
    assert (running.step, running.result) == (None, ENDED)


def refused(status: int, *, retry_after: int | None = None) -> ApiProblem:
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return ApiProblem.of(httpx.Response(status, headers=headers))


@pytest.mark.parametrize(("timeout_seconds", "retry_after", "paused"), [(10, 4, 4), (10, 40, 10), (10, None, 1)])
def test_whoever_polls_too_often_pauses_as_told(timeout_seconds: float, retry_after: int | None, paused: int) -> None:
    """For as long as there is time: the task goes on."""
    following = Following(timeout_seconds)
    following.asks()
    following.running.fail(refused(429, retry_after=retry_after))
    assert following.pauses() == pytest.approx(paused, abs=0.5)


def test_other_refusals_end_it() -> None:
    """The task is gone."""
    following = Following(10)
    following.asks()
    with pytest.raises(ApiProblem):
        following.running.fail(refused(410))
