"""Progress on standard error: bars for a person at a terminal, plain lines elsewhere."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

import typer

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class Display(Protocol):
    """Where progress is shown, and results are printed."""

    def tell(self, source: str, state: str, share: float | None = None) -> None:
        """What is happening to a source, and how much of it is done, from 0 to 1; None if nobody knows."""

    def end(self, source: str, *lines: str) -> None:
        """Nothing more happens to a source; the lines say what came of it."""

    def result(self, line: str) -> None:
        """A line for standard output."""


@contextmanager
def progress(count: int) -> Iterator[Display]:
    """Show progress while the body runs; standard output stays free for results.

    Args:
        count: Number of sources.
    """
    if not sys.stderr.isatty():
        yield _Lines()
        return
    bars = _bars()
    display = _Bars(bars, count)
    try:
        with bars:
            try:
                yield display
            except BaseException:  # an interrupt, too: what was under way is no result, and is told otherwise
                bars.live.transient = True
                raise
    finally:
        display.print_held()


class _Lines:
    """One line for each thing that happens: a log of it can be read."""

    def __init__(self) -> None:
        self._states: dict[str, str] = {}

    def tell(self, source: str, state: str, share: float | None = None) -> None:
        del share
        if self._states.get(source) != state:
            self._states[source] = state
            typer.echo(f"{source}: {state}", err=True)

    def end(self, source: str, *lines: str) -> None:
        self._states.pop(source, None)
        for line in lines:
            typer.echo(f"{source}: {line}", err=True)

    def result(self, line: str) -> None:
        typer.echo(line)


class _Bars:
    """A bar for each source that is worked on, and one for all of them; what is done moves up as text.

    Results wait until the bars are gone if they go to the same terminal.
    """

    def __init__(self, bars: "Progress", count: int) -> None:
        self._bars = bars
        self._rows: dict[str, TaskID] = {}
        self._all = bars.add_task("all", total=count, state=f"0 of {count}") if count > 1 else None
        self._count = count
        self._ended = 0
        self._held: list[str] | None = [] if sys.stdout.isatty() else None

    def tell(self, source: str, state: str, share: float | None = None) -> None:
        if source not in self._rows:
            self._rows[source] = self._bars.add_task(_escaped(source), total=None, state="")
        total = None if share is None else 1
        self._bars.update(self._rows[source], state=_escaped(state), total=total, completed=share or 0)

    def end(self, source: str, *lines: str) -> None:
        if source in self._rows:
            self._bars.remove_task(self._rows.pop(source))
        for line in lines:
            self._bars.console.print(f"{source}: {line}", markup=False, highlight=False, soft_wrap=True)
        self._ended += 1
        if self._all is not None:
            self._bars.update(self._all, advance=1, state=f"{self._ended} of {self._count}")

    def result(self, line: str) -> None:
        if self._held is None:
            typer.echo(line)
        else:
            self._held.append(line)

    def print_held(self) -> None:
        for line in self._held or ():
            typer.echo(line)


def _bars() -> "Progress":
    from rich.console import Console, RenderableType
    from rich.constrain import Constrain
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
    from rich.table import Column

    console = Console(stderr=True)

    class Bars(Progress):
        def get_renderable(self) -> RenderableType:
            # A terminal writes ^C where the cursor is: in a full line it would go on in the next one, and what is drawn
            # then would be found a line too low to be taken away.
            return Constrain(super().get_renderable(), console.width - len("^C") - 1)

    return Bars(
        TextColumn("{task.description}", table_column=Column(no_wrap=True, overflow="ellipsis", ratio=2)),
        BarColumn(bar_width=24),
        TextColumn("{task.fields[state]}", table_column=Column(no_wrap=True, ratio=1)),
        TimeElapsedColumn(),
        console=console,
        redirect_stdout=False,  # results go where they were sent
        redirect_stderr=False,
        expand=True,
    )


def _escaped(text: str) -> str:
    from rich.markup import escape

    return escape(text)
