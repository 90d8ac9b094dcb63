"""`pixelmill history`: what was asked of a service."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Final

import typer

from pixelmill.cli import options
from pixelmill.cli.exits import plain_errors

DEFAULT_LIMIT: Final = 20
FORMATS: Final = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%SZ"]


class StatusWord(StrEnum):
    """The domain's words once more: what a command needs is loaded when it runs."""

    PENDING = "pending"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELED = "canceled"


def history(
    *,
    status: Annotated[StatusWord | None, typer.Option("--status", help="Only tasks that stand so.")] = None,
    since: Annotated[
        datetime | None,
        typer.Option("--since", formats=FORMATS, help="Only tasks accepted from then on, in UTC."),
    ] = None,
    until: Annotated[
        datetime | None, typer.Option("--until", formats=FORMATS, help="Only tasks accepted before, in UTC.")
    ] = None,
    source: Annotated[
        str | None, typer.Option("--source", help="Only tasks of this source: its URL, or sha256: and a digest.")
    ] = None,
    host: Annotated[str | None, typer.Option("--host", help="Only tasks whose source is on this host.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="Most tasks.")] = DEFAULT_LIMIT,
    as_json: options.AsJson = False,
    server: options.Server = options.DEFAULT_SERVER,
    api_key: options.ApiKey = None,
) -> None:
    """List what was asked of a service, the newest first.

    One a line: when it was accepted, its id, how it stands, and its source. For all of it there is GET
    /task-history/export.
    """
    with plain_errors():
        from itertools import islice

        from pixelmill.cli.describe import history_line
        from pixelmill.client import Client

        with Client(server, api_key=api_key) as client:
            tasks = client.history(status=status, since=_in_utc(since), until=_in_utc(until), source=source, host=host)
            for task in islice(tasks, limit):
                typer.echo(task.model_dump_json() if as_json else history_line(task))


def _in_utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment else None
