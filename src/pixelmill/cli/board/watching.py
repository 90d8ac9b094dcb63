"""Look at a service again and again, or once. Loaded by the command when it runs, with all it needs."""

import json
import time
from collections import deque
from collections.abc import Iterator
from typing import Final

import httpx
import typer
from pydantic_core import to_jsonable_python
from rich.console import Console
from rich.live import Live

from pixelmill.cli.board.drawing import board
from pixelmill.cli.board.snapshot import ANSWER_SECONDS, Snapshot, take_snapshot
from pixelmill.cli.exits import ExitCode
from pixelmill.client.answers import address, credentials
from pixelmill.client.problems import ClientError
from pixelmill.domain.overview import Overview

SHOWN_COUNTS: Final = 18
"""As many looks back as fit into the panel of the narrowest terminal, of 80 columns."""

ONCE_LINES: Final = 32
"""A board that is printed has room for five recent tasks and ten failures."""


def look_once(server: str, api_key: str | None, *, as_json: bool) -> ExitCode:
    """Print how the service stands; how the command is to end."""
    snapshot = next(_looks(server, api_key, 0))
    if as_json:
        typer.echo(_line(server, snapshot))
    else:
        Console().print(board(server, snapshot, [], ONCE_LINES))
    if not snapshot.is_ready:
        return ExitCode.UNREACHABLE
    return ExitCode.USAGE if any(snapshot.refusals) else ExitCode.OK


def print_lines(server: str, api_key: str | None, interval_seconds: float) -> None:
    """Print a line of JSON at every look, until somebody interrupts."""
    for snapshot in _looks(server, api_key, interval_seconds):
        typer.echo(_line(server, snapshot))


def show_live(server: str, api_key: str | None, interval_seconds: float) -> None:
    """Fill the terminal with the board, until somebody interrupts."""
    ended: deque[int] = deque(maxlen=SHOWN_COUNTS)
    console = Console()
    with Live(console=console, screen=True, auto_refresh=False) as live:
        for snapshot in _looks(server, api_key, interval_seconds):
            overview = snapshot.overview
            ended.append(overview.ended_last_minute if isinstance(overview, Overview) else 0)
            live.update(board(server, snapshot, ended, console.size.height), refresh=True)


def _looks(server: str, api_key: str | None, interval_seconds: float) -> Iterator[Snapshot]:
    with httpx.Client(base_url=address(server), headers=credentials(api_key), timeout=ANSWER_SECONDS) as http:
        while True:
            yield take_snapshot(http)
            time.sleep(interval_seconds)


def _line(server: str, snapshot: Snapshot) -> str:
    """A snapshot as JSON: what was told as the service told it, else null; and why it was not."""
    answers = {"overview": snapshot.overview, "recent": snapshot.recent, "failures": snapshot.failures}
    untold = {name: str(answer) for name, answer in answers.items() if isinstance(answer, ClientError)}
    told = {name: None if name in untold else to_jsonable_python(answer) for name, answer in answers.items()}
    head = {"server": server, "time": snapshot.time.isoformat(), "is_ready": snapshot.is_ready}
    return json.dumps(head | {"checks": snapshot.checks} | told | {"untold": untold})
