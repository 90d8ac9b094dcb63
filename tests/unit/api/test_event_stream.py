"""The events of one connection: each state once, the latest one for who reads slowly, nothing twice after a return."""

import json
from collections.abc import Iterator

import pytest
from httpx_sse import ServerSentEvent
from httpx_sse._decoders import SSEDecoder

from pixelmill.api.event_stream import EventStream
from pixelmill.api.following import Following
from pixelmill.domain.access import ANYBODY
from pixelmill.domain.source import SourceInfo
from pixelmill.domain.task import Stage, Status, Task
from tests.support.kept_tasks import MORNING

FIRST, SECOND = "1" * 32, "2" * 32


def a_task(task_id: str, stage: Stage | None = Stage.QUEUED) -> Task:
    """A pending task; a completed one without a stage."""
    status = Status.PENDING if stage else Status.COMPLETED
    return Task(task_id=task_id, status=status, stage=stage, source=SourceInfo(), queued_at=MORNING)


def events_in(text: bytes) -> list[ServerSentEvent]:
    decoder = SSEDecoder()
    read = [decoder.decode(line) for line in text.decode().split("\n")]
    return [event for event in read if event is not None and event.data]


def stages_in(text: bytes) -> list[tuple[str, str | None]]:
    return [(task["task_id"], task["stage"]) for task in map(json.loads, (event.data for event in events_in(text)))]


def following(*task_ids: str) -> Following:
    return Following(task_ids, ANYBODY.sees, on_close=lambda _: None)


def test_a_state_is_told_once() -> None:
    """A reading that shows nothing new is no event."""
    stream = EventStream([FIRST], None)
    queued, fetching = a_task(FIRST), a_task(FIRST, Stage.FETCHING)
    told = b"".join(stream.told({FIRST: task}) for task in (queued, queued, fetching, fetching))
    assert stages_in(told) == [(FIRST, "queued"), (FIRST, "fetching")]


def test_a_slow_reader_gets_the_latest_states() -> None:
    """Those between are dropped: what is kept for a connection does not grow."""
    waiting = following(FIRST, SECOND)
    for stage in (Stage.QUEUED, Stage.FETCHING, Stage.STORING):
        waiting.tell(FIRST, a_task(FIRST, stage))
        waiting.tell(SECOND, a_task(SECOND, stage))
    assert waiting.news(0) == {FIRST: a_task(FIRST, Stage.STORING), SECOND: a_task(SECOND, Stage.STORING)}
    assert waiting.news(0) == {}


def test_who_comes_back_is_told_what_has_changed_since() -> None:
    """By any process: the id of an event holds all that has to be known."""
    stream = EventStream([FIRST, SECOND], None)
    *_, last = events_in(stream.told({FIRST: a_task(FIRST), SECOND: a_task(SECOND)}))
    again = EventStream([FIRST, SECOND], last.id)
    assert stages_in(again.told({FIRST: a_task(FIRST), SECOND: a_task(SECOND, Stage.FETCHING)})) == [
        (SECOND, "fetching")
    ]


def test_who_left_between_two_events_is_told_the_second() -> None:
    """An event's id counts what was told before it, and no more."""
    first, second = events_in(EventStream([FIRST, SECOND], None).told({FIRST: a_task(FIRST), SECOND: a_task(SECOND)}))
    assert first.id != second.id
    again = EventStream([FIRST, SECOND], first.id)
    assert stages_in(again.told({FIRST: a_task(FIRST), SECOND: a_task(SECOND)})) == [(SECOND, "queued")]


@pytest.mark.parametrize("event_id", ["", "x", "0" * 8, "0" * 15 + "g", "é" * 16, "0" * 16_000])
def test_an_id_of_somebody_else_is_ignored(event_id: str) -> None:
    """A browser that is refused does not come back: everything is told instead."""
    stream = EventStream([FIRST, SECOND], event_id)
    assert len(events_in(stream.told({FIRST: a_task(FIRST), SECOND: a_task(SECOND)}))) == 2


def test_a_task_that_is_gone_is_told_by_its_id() -> None:
    """Once, and it is not waited for."""
    stream = EventStream([FIRST], None)
    (event,) = events_in(stream.told({FIRST: None}) + stream.told({FIRST: None}))
    assert (event.event, json.loads(event.data)) == ("gone", {"task_id": FIRST})
    assert stream.has_ended


def test_the_end_follows_the_last_task() -> None:
    """And then nothing."""
    waiting = following(FIRST, SECOND)
    stream = EventStream([FIRST, SECOND], None)
    parts = stream.run(waiting, stream.told({FIRST: a_task(FIRST, None), SECOND: a_task(SECOND)}))
    assert next(parts).startswith(b"retry: 2000\nid: ")
    waiting.tell(SECOND, a_task(SECOND, None))
    assert stages_in(next(parts)) == [(SECOND, None)]
    assert list(parts) == [b"event: end\ndata: {}\n\n"]


def test_a_process_that_ends_says_no_end() -> None:
    """The tasks go on: the reader has to come back."""
    waiting = following(FIRST)
    parts: Iterator[bytes] = EventStream([FIRST], None).run(waiting, b"")
    next(parts)
    waiting.end()
    assert b"end" not in b"".join(parts)


def test_silence_is_broken_by_comments(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that nobody on the way takes the connection for dead. A comment is no event."""
    monkeypatch.setattr("pixelmill.api.event_stream.HEARTBEAT_SECONDS", 0.01)
    parts = EventStream([FIRST], None).run(following(FIRST), b"")
    next(parts)
    assert [next(parts), next(parts)] == [b":\n", b":\n"]
