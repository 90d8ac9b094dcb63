"""The board as a person sees it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from pixelmill.cli.board.figures import Figures, StageTimes
from pixelmill.cli.board.snapshot import Snapshot
from pixelmill.cli.describe import state_of
from pixelmill.domain.task import Status, Task

UNKNOWN: Final = "-"
SPARKS: Final = "▁▂▃▄▅▆▇█"
BAR_CHARACTERS: Final = 12

_STYLES: Final = {
    Status.COMPLETED: "green",
    Status.FAILED: "red",
    Status.CANCELED: "yellow",
    Status.PENDING: "cyan",
}


def board(server: str, snapshot: Snapshot, figures: Figures, rates: Sequence[float], rows: int) -> RenderableType:
    """Draw the board.

    Args:
        server: Where the service is.
        snapshot: How it stands.
        figures: What was reckoned of that.
        rates: How many tasks ended in a second, at the last snapshots.
        rows: How many recent tasks are shown.
    """
    top = Table.grid(expand=True)
    for _ in range(3):
        top.add_column(ratio=1)
    top.add_row(
        Panel(_queue(snapshot), title="queue"),
        Panel(_throughput(figures, rates), title="per second"),
        Panel(_stages(figures.stages_ms), title="stages, ms"),
    )
    return Group(
        _head(server, snapshot),
        top,
        _titled("recent tasks", snapshot.recent, _recent(snapshot.recent or [], rows)),
        _titled("failures", snapshot.failures, _failures(snapshot.failures or [])),
    )


def sparkline(values: Sequence[float]) -> str:
    """A row of blocks, the highest for the greatest value."""
    highest = max(values, default=0.0)
    return "".join(SPARKS[round(value / highest * (len(SPARKS) - 1)) if highest else 0] for value in values)


def _head(server: str, snapshot: Snapshot) -> Text:
    head = Text.assemble((server, "bold"), f"  {snapshot.time:%H:%M:%S} UTC  ")
    if snapshot.checks is None:
        return head.append("does not answer", "bold red")
    head.append("ready" if snapshot.is_ready else "not ready", "bold green" if snapshot.is_ready else "bold red")
    for name, state in snapshot.checks.items():
        head.append(f"  {name} ").append(state, "green" if state == "ok" else "red")
    return head


def _queue(snapshot: Snapshot) -> RenderableType:
    if snapshot.queue is None:
        return Text("not told: it is known on the service's own machine only", "dim")
    letters = UNKNOWN if snapshot.dead_letters is None else f"{snapshot.dead_letters:,}"
    states = {state: f"{count:,}" for state, count in snapshot.queue.items()}
    return _facts(states | {"dead letters": letters, "oldest waits": _seconds(snapshot.oldest_waiting_seconds)})


def _throughput(figures: Figures, rates: Sequence[float]) -> RenderableType:
    submitted = figures.submitted_per_second or {}
    facts = {f"submitted, {outcome}": _per_second(rate) for outcome, rate in submitted.items()}
    ended = {"ended": _per_second(figures.ended_per_second), "failed": _per_second(figures.failed_per_second)}
    return Group(_facts(facts | ended), Text(sparkline(rates), "cyan", no_wrap=True))


def _stages(stages: Mapping[str, StageTimes]) -> RenderableType:
    table = Table(box=None, expand=True, padding=(0, 1, 0, 0))
    table.add_column()
    table.add_column("median", justify="right")
    table.add_column("95 %", justify="right")
    table.add_column(ratio=1)
    longest = max((times.median for times in stages.values()), default=0.0)
    for stage, times in stages.items():
        bar = "█" * round(times.median / longest * BAR_CHARACTERS) if longest else ""
        table.add_row(
            stage, f"{times.median:.1f}", f"{times.p95:.1f}", Text(bar, "cyan", no_wrap=True, overflow="crop")
        )
    return table


def _recent(tasks: Sequence[Task], rows: int) -> Table:
    table = _table("accepted", "status", "took", "variants", "source")
    for task in tasks[:rows]:
        took = (task.finished_at - task.queued_at).total_seconds() if task.finished_at else None
        table.add_row(
            f"{task.queued_at:%H:%M:%S}",
            Text(state_of(task), _STYLES[task.status]),
            _seconds(took),
            str(len(task.result.made)) if task.result else "",
            _source(task),
        )
    return table


def _failures(tasks: Iterable[Task]) -> Table:
    table = _table("ended", "attempts", "code", "source")
    for task in tasks:
        ended = f"{task.finished_at:%m-%d %H:%M:%S}" if task.finished_at else ""
        table.add_row(ended, str(task.attempts), Text(task.error.code if task.error else "", "red"), _source(task))
    return table


def _titled(title: str, tasks: Sequence[Task] | None, table: Table) -> Panel:
    if tasks is None:
        return Panel(Text("the history does not answer", "red"), title=title)
    return Panel(table if tasks else Text("none", "dim"), title=title)


def _table(*columns: str) -> Table:
    table = Table(box=None, expand=True, padding=(0, 2, 0, 0))
    for name in columns[:-1]:
        table.add_column(name, no_wrap=True)
    table.add_column(columns[-1], no_wrap=True, ratio=1, overflow="ellipsis")
    return table


def _facts(facts: Mapping[str, str]) -> Table:
    table = Table.grid(expand=True)
    table.add_column()
    table.add_column(justify="right")
    for name, value in facts.items():
        table.add_row(name, value)
    return table


def _source(task: Task) -> Text:
    """Without the query, which may hold a secret: others may see the screen."""
    url = task.source.image_url
    return Text(urlsplit(url)._replace(query="").geturl() if url else "upload")


def _per_second(rate: float | None) -> str:
    return UNKNOWN if rate is None else f"{rate:.2f}"


def _seconds(seconds: float | None) -> str:
    return UNKNOWN if seconds is None else f"{seconds:.2f} s"
