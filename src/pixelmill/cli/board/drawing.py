"""The board as a person sees it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from pixelmill.cli.board.snapshot import Snapshot
from pixelmill.cli.describe import state_of
from pixelmill.client.problems import ApiProblem, ClientError
from pixelmill.domain.overview import Lately, Overview
from pixelmill.domain.task import Status, Task

SPARKS: Final = "▁▂▃▄▅▆▇█"
BAR_CHARACTERS: Final = 12
PANEL_RATIOS: Final = (13, 11, 16)
"""How wide the queue, the workers and the stages are."""

_STYLES: Final = {
    Status.COMPLETED: "green",
    Status.FAILED: "red",
    Status.CANCELED: "yellow",
    Status.PENDING: "cyan",
}


def board(server: str, snapshot: Snapshot, ended: Sequence[int], rows: int) -> RenderableType:
    """Draw the board. It fits 80 columns.

    Args:
        server: Where the service is.
        snapshot: How it stands.
        ended: How many tasks had ended within a minute, at the last snapshots.
        rows: How many recent tasks are shown.
    """
    return Group(
        _head(server, snapshot),
        _at_a_glance(snapshot.overview, ended),
        _titled("recent tasks", snapshot.recent, lambda tasks: _recent(tasks[:rows])),
        _titled("failures", snapshot.failures, lambda tasks: _failures(tasks, snapshot.overview)),
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


def _at_a_glance(overview: Overview | ClientError, ended: Sequence[int]) -> RenderableType:
    if isinstance(overview, ClientError):
        return Panel(_reason(overview), title="overview")
    panels = Table.grid(expand=True)
    for ratio in PANEL_RATIOS:
        panels.add_column(ratio=ratio)
    panels.add_row(
        Panel(_queue(overview), title="queue"),
        Panel(_work(overview, ended), title="workers"),
        Panel(_stages(overview.lately), title="stages, ms"),
    )
    return panels


def _queue(overview: Overview) -> RenderableType:
    counts = overview.queue | {"dead letters": overview.dead_letters}
    facts = {name: Text(f"{count:,}") for name, count in counts.items()}
    return _facts(facts | {"oldest waits": Text(f"{overview.oldest_waiting_seconds:.0f} s")})


def _work(overview: Overview, ended: Sequence[int]) -> RenderableType:
    workers = overview.workers
    facts = {
        "alive": Text(f"{workers.alive:,}") if workers.alive else Text("none", "bold red"),
        "may run": Text(f"{workers.concurrency:,}"),
        "ended/min": Text(f"{overview.ended_last_minute:,}"),
    }
    return Group(_facts(facts), Text(sparkline(ended), "cyan", no_wrap=True))


def _stages(lately: Lately | None) -> RenderableType:
    if lately is None:
        return Text("the history does not answer", "red")
    table = Table(box=None, expand=True, padding=(0, 1, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column("median", justify="right", no_wrap=True)
    table.add_column("95 %", justify="right", no_wrap=True)
    table.add_column(ratio=1)
    longest = max((times.p50 for times in lately.stages_ms.values()), default=0.0)
    for stage, times in lately.stages_ms.items():
        bar = "█" * round(times.p50 / longest * BAR_CHARACTERS) if longest else ""
        table.add_row(stage, f"{times.p50:.1f}", f"{times.p95:.1f}", Text(bar, "cyan", no_wrap=True, overflow="crop"))
    return table


def _recent(tasks: Iterable[Task]) -> RenderableType:
    table = _table("accepted", "status", "took", "variants", "source")
    for task in tasks:
        took = f"{(task.finished_at - task.queued_at).total_seconds():.2f} s" if task.finished_at else ""
        variants = str(len(task.result.made)) if task.result else ""
        state = Text(state_of(task), _STYLES[task.status])
        table.add_row(f"{task.queued_at:%H:%M:%S}", state, took, variants, _source(task))
    return table


def _failures(tasks: Iterable[Task], overview: Overview | ClientError) -> RenderableType:
    table = _table("ended", "attempts", "code", "source")
    for task in tasks:
        ended = f"{task.finished_at:%m-%d %H:%M:%S}" if task.finished_at else ""
        table.add_row(ended, str(task.attempts), Text(task.error.code if task.error else "", "red"), _source(task))
    lately = overview.lately if isinstance(overview, Overview) else None
    return Group(table, Text(_counted(lately), no_wrap=True, overflow="ellipsis")) if lately else table


def _counted(lately: Lately) -> str:
    counts = ", ".join(f"{count} {code}" for code, count in lately.failures.items())
    return f"of the last {lately.tasks}: {counts or 'none'}"


def _titled(title: str, tasks: list[Task] | ClientError, draw: Callable[[list[Task]], RenderableType]) -> Panel:
    if isinstance(tasks, ClientError):
        return Panel(_reason(tasks), title=title)
    return Panel(draw(tasks) if tasks else Text("none", "dim"), title=title)


def _reason(error: ClientError) -> Text:
    """Why nothing is told, in the words of the service."""
    return Text(error.detail if isinstance(error, ApiProblem) else str(error), "red")


def _table(*columns: str) -> Table:
    table = Table(box=None, expand=True, padding=(0, 2, 0, 0))
    for name in columns[:-1]:
        table.add_column(name, no_wrap=True)
    table.add_column(columns[-1], no_wrap=True, ratio=1, overflow="ellipsis")
    return table


def _facts(facts: Mapping[str, Text]) -> Table:
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
