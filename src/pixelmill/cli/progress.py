"""Progress on standard error: live lines for a person at a terminal, plain lines elsewhere."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer

Report = Callable[[str, str], None]
"""Called with the name of a source and what is happening to it, whenever that changes."""


@contextmanager
def progress() -> Iterator[Report]:
    """Show progress while the body runs; standard output stays free for results."""
    if sys.stderr.isatty():
        with _live() as report:
            yield report
    else:
        yield lambda source, state: typer.echo(f"{source}: {state}", err=True)


@contextmanager
def _live() -> Iterator[Report]:
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TextColumn("{task.fields[state]}"),
        TimeElapsedColumn(),
    )
    lines: dict[str, TaskID] = {}

    def report(source: str, state: str) -> None:
        if source not in lines:
            lines[source] = display.add_task(escape(source), total=None, state=escape(state))
        display.update(lines[source], state=escape(state))

    with Progress(*columns, console=Console(stderr=True)) as display:
        yield report
