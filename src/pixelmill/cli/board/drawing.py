"""The board as a person sees it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from pixelmill.cli.board.snapshot import Snapshot
from pixelmill.cli.describe import state_of
from pixelmill.cli.remedies import said
from pixelmill.client.problems import ClientError
from pixelmill.domain.overview import Lately, Overview
from pixelmill.domain.task import Status, Task

SPARKS: Final = "▁▂▃▄▅▆▇█"
BAR_CHARACTERS: Final = 12
PANEL_RATIOS: Final = (13, 11, 16)
"""How wide the queue, the workers and the stages are."""

RECENT: Final = "recent tasks"
FAILURES: Final = "recent failures"

OTHER_LINES: Final = 17
"""What the board has besides the rows of its two tables: a head of two lines, the panels, their titles and totals."""

FEWEST_ROWS: Final = 2
"""Of both tables, in the lowest terminal."""

_STYLES: Final = {
    Status.COMPLETED: "green",
    Status.FAILED: "red",
    Status.CANCELED: "yellow",
    Status.PENDING: "cyan",
}


def board(server: str, snapshot: Snapshot, ended: Sequence[int], lines: int) -> RenderableType:
    """Draw the board. It fits 80 columns.

    Args:
        server: Where the service is.
        snapshot: How it stands.
        ended: How many tasks had ended within a minute, at the last snapshots.
        lines: How many lines there are for it; the tables get those that are left.
    """
    rows, failed_rows = _shared(lines - OTHER_LINES, _count(snapshot.recent), _count(snapshot.failures))
    panels: list[RenderableType] = []
    if isinstance(snapshot.overview, Overview):
        panels.append(_at_a_glance(snapshot.overview, ended))
    if isinstance(snapshot.recent, list):
        panels.append(_titled(RECENT, snapshot.recent, _recent(snapshot.recent[:rows])))
    if isinstance(snapshot.failures, list):
        failures = _failures(snapshot.failures[:failed_rows], snapshot.overview)
        panels.append(_titled(FAILURES, snapshot.failures, failures))
    return Group(_head(server, snapshot), *panels, *_untold(snapshot))


def sparkline(values: Sequence[float]) -> str:
    """A row of blocks, the highest for the greatest value."""
    highest = max(values, default=0.0)
    return "".join(SPARKS[round(value / highest * (len(SPARKS) - 1)) if highest else 0] for value in values)


def _count(tasks: list[Task] | ClientError) -> int:
    return len(tasks) if isinstance(tasks, list) else 0


def _shared(lines: int, recent: int, failures: int) -> tuple[int, int]:
    """The rows of the two tables: half of the lines for each, and what one does not need for the other."""
    lines = max(lines, FEWEST_ROWS)
    rows = min(recent, max(lines - lines // 2, lines - failures))
    return rows, min(failures, lines - rows)


def _untold(snapshot: Snapshot) -> Iterable[Panel]:
    """What is not told, by the reason: one that holds for all of it is said once."""
    answers = {"overview": snapshot.overview, RECENT: snapshot.recent, FAILURES: snapshot.failures}
    reasons: dict[str, list[str]] = {}
    for title, answer in answers.items():
        if isinstance(answer, ClientError):
            reasons.setdefault(said(answer), []).append(title)
    for reason, titles in reasons.items():
        yield Panel(Text(reason, "red"), title=", ".join(titles))


def _head(server: str, snapshot: Snapshot) -> Text:
    head = Text.assemble((server, "bold"), f"  {snapshot.time:%H:%M:%S} UTC  ")
    if snapshot.checks is None:
        return head.append("does not answer", "bold red")
    head.append("ready" if snapshot.is_ready else "not ready", "bold green" if snapshot.is_ready else "bold red")
    for name, state in snapshot.checks.items():
        head.append(f"  {name} ").append(state, "green" if state == "ok" else "red")
    return head


def _at_a_glance(overview: Overview, ended: Sequence[int]) -> RenderableType:
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
    # The queue forgets most failures within a minute: how many it still knows says nothing, and is not shown.
    counts = {name: count for name, count in overview.queue.items() if name != "failed"}
    counts |= {"dead letters": overview.dead_letters}
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
    return f"of the last {lately.tasks} tasks: {counts or 'none'}"


def _titled(title: str, tasks: Sequence[Task], drawn: RenderableType) -> Panel:
    return Panel(drawn if tasks else Text("none", "dim"), title=title)


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
