"""Look at a service again and again, or once. Loaded by the command when it runs, with all it needs."""

import json
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Final

import httpx
import typer
from rich.console import Console
from rich.live import Live

from pixelmill.cli.board.drawing import board
from pixelmill.cli.board.figures import Figures, reckon
from pixelmill.cli.board.snapshot import ANSWER_SECONDS, Snapshot, take_snapshot
from pixelmill.client.answers import credentials

SHOWN_RATES: Final = 30
"""As many looks back as fit into the panel."""

OTHER_LINES: Final = 28
"""What the board has besides the recent tasks, with ten failures."""

FEWEST_ROWS: Final = 5


def look_once(server: str, api_key: str | None, *, as_json: bool) -> bool:
    """Print how the service stands; whether it is ready."""
    snapshot, figures = next(_looks(server, api_key, 0))
    if as_json:
        typer.echo(_line(server, snapshot, figures))
    else:
        Console().print(board(server, snapshot, figures, [], FEWEST_ROWS))
    return snapshot.is_ready


def print_lines(server: str, api_key: str | None, interval_seconds: float) -> None:
    """Print a line of JSON at every look, until somebody interrupts."""
    for snapshot, figures in _looks(server, api_key, interval_seconds):
        typer.echo(_line(server, snapshot, figures))


def show_live(server: str, api_key: str | None, interval_seconds: float) -> None:
    """Fill the terminal with the board, until somebody interrupts."""
    rates: deque[float] = deque(maxlen=SHOWN_RATES)
    console = Console()
    with Live(console=console, screen=True, auto_refresh=False) as live:
        for snapshot, figures in _looks(server, api_key, interval_seconds):
            rates.append(figures.ended_per_second or 0.0)
            rows = max(FEWEST_ROWS, console.size.height - OTHER_LINES)
            live.update(board(server, snapshot, figures, rates, rows), refresh=True)


def _looks(server: str, api_key: str | None, interval_seconds: float) -> Iterator[tuple[Snapshot, Figures]]:
    before: Snapshot | None = None
    with httpx.Client(base_url=server, headers=credentials(api_key), timeout=ANSWER_SECONDS) as http:
        while True:
            snapshot = take_snapshot(http)
            yield snapshot, reckon(snapshot, before)
            before = snapshot
            time.sleep(interval_seconds)


def _line(server: str, snapshot: Snapshot, figures: Figures) -> str:
    tasks = {
        name: None if listed is None else [task.model_dump(mode="json") for task in listed]
        for name, listed in (("recent", snapshot.recent), ("failures", snapshot.failures))
    }
    told = asdict(replace(snapshot, recent=None, failures=None)) | {"time": snapshot.time.isoformat()}
    return json.dumps({"server": server, "is_ready": snapshot.is_ready} | told | asdict(figures) | tasks)
