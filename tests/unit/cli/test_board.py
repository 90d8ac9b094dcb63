"""The board of `watch`: what is read, what is reckoned of it, how it is drawn."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from rich.console import Console

from pixelmill.cli.board.drawing import board, sparkline
from pixelmill.cli.board.figures import Figures, StageTimes, reckon
from pixelmill.cli.board.snapshot import RECENT_TASKS, Snapshot, take_snapshot
from pixelmill.domain.errors import SourceNotFound
from pixelmill.domain.source import SourceInfo
from pixelmill.domain.task import Status, Task, Timings

NOW = datetime(2026, 11, 24, 4, 30, tzinfo=UTC)

METRICS = """# HELP pixelmill_queue_tasks Tasks by state.
pixelmill_queue_tasks{state="waiting"} 12.0
pixelmill_queue_tasks{state="active"} 2.0
pixelmill_queue_oldest_seconds 1.5
pixelmill_dead_letters NaN
pixelmill_submissions_total{outcome="queued"} 40.0
pixelmill_api_requests_total{method="GET",route="/health",status="200"} 7.0
"""


def a_task(seconds_ago: float, status: Status = Status.COMPLETED, transform_ms: float = 10.0) -> Task:
    ended = NOW - timedelta(seconds=seconds_ago)
    return Task(
        task_id="1" * 32,
        status=status,
        source=SourceInfo(image_url="https://example.com/cat.jpg?token=secret"),
        error=SourceNotFound().as_task_error() if status is Status.FAILED else None,
        queued_at=ended - timedelta(seconds=1),
        finished_at=None if status is Status.PENDING else ended,
        timings_ms=Timings(transform=transform_ms),
    )


def snapshot_of(answer: Callable[[httpx.Request], httpx.Response]) -> Snapshot:
    with httpx.Client(base_url="http://service", transport=httpx.MockTransport(answer)) as http:
        return take_snapshot(http)


def answer_well(request: httpx.Request) -> httpx.Response:
    if request.url.path == "/ready":
        return httpx.Response(200, json={"status": "ready", "checks": {"queue": "ok", "trail": "unavailable"}})
    if request.url.path == "/metrics":
        return httpx.Response(200, text=METRICS)
    task = a_task(5, Status.FAILED) if "status" in request.url.params else a_task(5)
    return httpx.Response(200, json={"tasks": [task.model_dump(mode="json")], "next_cursor": None})


def test_the_service_is_asked_for_all_of_it() -> None:
    """What the metrics do not know is not known; the history may be away."""
    snapshot = snapshot_of(answer_well)
    assert snapshot.checks == {"queue": "ok", "trail": "unavailable"}
    assert snapshot.is_ready
    assert (snapshot.queue, snapshot.oldest_waiting_seconds, snapshot.dead_letters) == (
        {"waiting": 12, "active": 2},
        1.5,
        None,
    )
    assert snapshot.submissions == {"queued": 40.0}
    assert (snapshot.recent, snapshot.failures) == ([a_task(5)], [a_task(5, Status.FAILED)])


def test_a_service_that_is_not_ready_says_what_is_missing() -> None:
    """In its problem."""
    problem = {"status": 503, "code": "queue_unavailable", "checks": {"queue": "unavailable", "store": "ok"}}
    snapshot = snapshot_of(lambda _: httpx.Response(503, json=problem))
    assert (snapshot.checks, snapshot.is_ready) == ({"queue": "unavailable", "store": "ok"}, False)
    assert (snapshot.queue, snapshot.recent, snapshot.submissions) == (None, None, None)


def test_a_service_that_is_away_is_no_error() -> None:
    """The board goes on, and says so."""

    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    snapshot = snapshot_of(refuse)
    assert (snapshot.checks, snapshot.queue, snapshot.recent, snapshot.is_ready) == (None, None, None, False)


@pytest.mark.parametrize(
    ("recent", "ended", "failed"),
    [
        ([], 0.0, 0.0),
        ([a_task(5), a_task(30, Status.FAILED), a_task(90), a_task(0, Status.PENDING)], 2 / 60, 1 / 60),
        # The last hundred go back ten seconds: what came before is not known.
        ([a_task(number / RECENT_TASKS * 9) for number in range(1, RECENT_TASKS + 1)], 10.0, 0.0),
        ([a_task(600)] * RECENT_TASKS, 0.0, 0.0),
    ],
)
def test_rates_are_those_of_the_last_minute(recent: list[Task], ended: float, failed: float) -> None:
    """Or of as much of it as is known."""
    figures = reckon(Snapshot(time=NOW, recent=recent), None)
    assert figures.ended_per_second == pytest.approx(ended)
    assert figures.failed_per_second == pytest.approx(failed)


def test_submissions_are_counted_between_two_looks() -> None:
    """An api that was started anew counts from nothing."""
    before = Snapshot(time=NOW - timedelta(seconds=2), submissions={"queued": 10.0, "cached": 50.0})
    now = Snapshot(time=NOW, submissions={"queued": 14.0, "cached": 1.0, "refused": 1.0})
    assert reckon(now, before).submitted_per_second == {"queued": 2.0, "cached": 0.0, "refused": 0.5}
    assert reckon(now, None).submitted_per_second is None
    assert reckon(Snapshot(time=NOW), before).submitted_per_second is None


def test_stages_are_told_by_median_and_slowest() -> None:
    """Of those that recent tasks have been through."""
    recent = [a_task(1, transform_ms=float(number)) for number in range(1, 102)]
    assert reckon(Snapshot(time=NOW, recent=recent), None).stages_ms == {"transform": StageTimes(51.0, 96.0)}
    assert reckon(Snapshot(time=NOW, recent=[a_task(1)]), None).stages_ms == {"transform": StageTimes(10.0, 10.0)}


def drawn(snapshot: Snapshot, figures: Figures) -> str:
    console = Console(width=120)
    with console.capture() as captured:
        console.print(board("http://service", snapshot, figures, [0.0, 2.0, 1.0], 5))
    return captured.get()


def test_all_of_it_is_on_the_board() -> None:
    """No secret is."""
    snapshot = snapshot_of(answer_well)
    shown = drawn(snapshot, reckon(snapshot, snapshot_of(answer_well)))
    for text in ("ready", "trail unavailable", "waiting", "12", "1.50 s", "submitted, queued", "transform", "10.0"):
        assert text in shown
    assert "https://example.com/cat.jpg" in shown
    assert "source_not_found" in shown
    assert "▁█▅" in shown
    assert "secret" not in shown


def test_a_board_of_nothing_says_so() -> None:
    """Instead of numbers that look like facts."""
    snapshot = Snapshot(time=NOW)
    shown = drawn(snapshot, reckon(snapshot, None))
    for text in ("does not answer", "not told", "the history does not answer", "ended"):
        assert text in shown


def test_sparks_show_how_it_went() -> None:
    """Nothing at all is a flat line."""
    assert sparkline([0, 1, 7]) == "▁▂█"
    assert sparkline([0, 0]) == "▁▁"
    assert sparkline([]) == ""
