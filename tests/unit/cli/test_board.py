"""The board of `watch`: what is read, and how it is drawn."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from rich.console import Console

from pixelmill.cli.board.drawing import board, sparkline
from pixelmill.cli.board.snapshot import Snapshot, take_snapshot
from pixelmill.client.problems import ServiceUnreachable
from pixelmill.domain.errors import SourceNotFound
from pixelmill.domain.overview import Lately, Overview, Spread, Workers
from pixelmill.domain.source import SourceInfo
from pixelmill.domain.task import Status, Task

NOW = datetime(2026, 11, 24, 4, 30, tzinfo=UTC)

OVERVIEW = Overview(
    queue={"waiting": 12, "active": 2, "retrying": 0, "completed": 1_204_000, "failed": 9},
    oldest_waiting_seconds=1.5,
    ended_last_minute=12_310,
    workers=Workers(alive=7, concurrency=224),
    dead_letters=100_000,
    lately=Lately(
        tasks=500,
        failures={"source_not_found": 7, "source_timeout": 1},
        stages_ms={
            "queued": Spread(p50=2.1, p95=9999.9),
            "fetch": Spread(p50=31.0, p95=410.5),
            "transform": Spread(p50=4410.5, p95=9180.2),
            "store": Spread(p50=0.9, p95=3.0),
        },
    ),
)
NO_KEY = {"title": "No key", "detail": "Expected an API key.", "code": "api_key_required", "status": 401}


def a_task(status: Status = Status.COMPLETED) -> Task:
    return Task(
        task_id="1" * 32,
        status=status,
        source=SourceInfo(image_url="https://example.com/cat.jpg?token=secret"),
        error=SourceNotFound().as_task_error() if status is Status.FAILED else None,
        queued_at=NOW - timedelta(seconds=6),
        finished_at=NOW - timedelta(seconds=5),
    )


def snapshot_of(answer: Callable[[httpx.Request], httpx.Response]) -> Snapshot:
    with httpx.Client(base_url="http://service", transport=httpx.MockTransport(answer)) as http:
        return take_snapshot(http)


def answer_well(request: httpx.Request) -> httpx.Response:
    if request.url.path == "/ready":
        return httpx.Response(200, json={"status": "ready", "checks": {"queue": "ok", "trail": "unavailable"}})
    if request.url.path == "/overview":
        return httpx.Response(200, text=OVERVIEW.model_dump_json())
    task = a_task(Status.FAILED if "status" in request.url.params else Status.COMPLETED)
    return httpx.Response(200, json={"tasks": [task.model_dump(mode="json")], "next_cursor": None})


def refuse_without_key(request: httpx.Request) -> httpx.Response:
    """As a service with API keys does."""
    return answer_well(request) if request.url.path == "/ready" else httpx.Response(401, json=NO_KEY)


def be_away(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("refused", request=request)


def test_the_service_is_asked_for_all_of_it() -> None:
    """The history may be away."""
    snapshot = snapshot_of(answer_well)

    assert (snapshot.checks, snapshot.is_ready) == ({"queue": "ok", "trail": "unavailable"}, True)
    assert snapshot.overview == OVERVIEW
    assert (snapshot.recent, snapshot.failures) == ([a_task()], [a_task(Status.FAILED)])
    assert not list(snapshot.refusals)


def test_a_service_that_is_not_ready_says_what_is_missing() -> None:
    """In its problem; what it does not tell has the reason in its place."""
    problem = {
        "title": "Not ready",
        "detail": "The queue does not answer.",
        "status": 503,
        "code": "queue_unavailable",
        "checks": {"queue": "unavailable", "store": "ok"},
    }
    snapshot = snapshot_of(lambda _: httpx.Response(503, json=problem))

    assert (snapshot.checks, snapshot.is_ready) == ({"queue": "unavailable", "store": "ok"}, False)
    assert [str(told) for told in (snapshot.overview, snapshot.recent, snapshot.failures)] == [
        "The queue does not answer. (queue_unavailable)"
    ] * 3
    assert not list(snapshot.refusals)


def test_a_service_that_is_away_is_no_error() -> None:
    """The board goes on, and says so."""
    snapshot = snapshot_of(be_away)

    assert (snapshot.checks, snapshot.is_ready) == (None, False)
    assert isinstance(snapshot.overview, ServiceUnreachable)


@pytest.mark.parametrize("answer", [{"tasks": 1}, ["nothing"], {}])
def test_an_answer_of_something_else_is_no_error(answer: object) -> None:
    """Such as a proxy's, or that of a service of another version."""
    snapshot = snapshot_of(lambda _: httpx.Response(200, json=answer))

    assert (snapshot.checks, snapshot.is_ready) == (None, False)
    assert "/overview is answered by" in str(snapshot.overview)
    assert "/task-history is answered by" in str(snapshot.recent)
    assert "Is it running" not in drawn(snapshot)


def test_a_refusal_is_known_as_one() -> None:
    """For the exit code."""
    assert [problem.code for problem in snapshot_of(refuse_without_key).refusals] == ["api_key_required"] * 3


def drawn(snapshot: Snapshot, width: int = 120, lines: int = 24) -> str:
    console = Console(width=width)
    with console.capture() as captured:
        console.print(board("http://127.0.0.1:8080", snapshot, [0, 2, 1], lines))
    return captured.get()


@pytest.mark.parametrize("width", [80, 120, 200])
def test_all_of_it_is_on_the_board(width: int) -> None:
    """No word and no number is cut, and no secret shown."""
    shown = drawn(snapshot_of(answer_well), width)

    for fact in (
        *("ready", "trail unavailable", "waiting", "1,204,000", "dead letters", "100,000", "oldest waits", "2 s"),
        *("workers", "alive", "7", "may run", "224", "ended/min", "12,310", "▁█▅"),
        *("queued", "fetch", "transform", "store", "median", "95 %", "4410.5", "9180.2", "9999.9"),
        *(
            "https://example.com/cat.jpg",
            "source_not_found",
            "of the last 500 tasks: 7 source_not_found, 1 source_timeout",
        ),
    ):
        assert fact in shown
    assert "…" not in shown
    assert "secret" not in shown
    assert {len(line) for line in shown.splitlines()[1:]} == {width}


def test_nobody_at_work_is_said_in_words() -> None:
    """A zero among numbers is easily overlooked."""
    idle = OVERVIEW.model_copy(update={"workers": Workers(alive=0, concurrency=0), "lately": None})
    shown = drawn(replace(snapshot_of(answer_well), overview=idle))

    assert "none" in shown
    assert "the history does not answer" in shown


def test_what_is_not_told_is_said_once() -> None:
    """With the remedy, and in the title what is missing: the same in every panel says no more."""
    away, refused = drawn(snapshot_of(be_away)), drawn(snapshot_of(refuse_without_key))

    assert "does not answer" in away
    assert away.count("The service does not answer.") == 1
    assert refused.count("Expected an API key: set PIXELMILL_API_KEY or --api-key.") == 1
    assert all(" overview, recent tasks, recent failures " in shown for shown in (away, refused))


def test_another_reason_is_another_panel() -> None:
    """A key that may not operate tells the history."""
    some = replace(snapshot_of(answer_well), overview=snapshot_of(refuse_without_key).overview)

    assert [title in drawn(some) for title in ("─ overview ─", "─ recent tasks ─", "─ recent failures ─")] == [True] * 3


@pytest.mark.parametrize("lines", [24, 30, 50])
@pytest.mark.parametrize(("recent", "failures"), [(50, 10), (50, 1), (1, 10), (0, 0)])
def test_the_board_fits_the_terminal(lines: int, recent: int, failures: int) -> None:
    """Down to the lower edge of its last panel: the tables get the lines that are left, and use them."""
    many = replace(snapshot_of(answer_well), recent=[a_task()] * recent, failures=[a_task(Status.FAILED)] * failures)
    shown = drawn(many, 80, lines).splitlines()

    assert len(shown) <= lines
    assert shown[-1].startswith("╰")
    rows = sum("cat.jpg" in line for line in shown)
    assert rows == min(recent + failures, lines - 17)
    if failures:
        assert "of the last 500 tasks" in shown[-2]


def test_failures_are_counted_in_one_way() -> None:
    """The queue knows of fewer than the history: two numbers would contradict each other."""
    assert "│ failed " not in drawn(snapshot_of(answer_well))


def test_sparks_show_how_it_went() -> None:
    """Nothing at all is a flat line."""
    assert sparkline([0, 1, 7]) == "▁▂█"
    assert sparkline([0, 0]) == "▁▁"
    assert sparkline([]) == ""
