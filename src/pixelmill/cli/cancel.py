"""`pixelmill cancel`: end a task that is not wanted any more."""

from typing import Annotated

import typer

from pixelmill.cli import options
from pixelmill.cli.exits import plain_errors


def cancel(
    task_id: Annotated[str, typer.Argument(metavar="TASK_ID", help="As submit printed it.")],
    *,
    as_json: options.AsJson = False,
    server: options.Server = options.DEFAULT_SERVER,
    api_key: options.ApiKey = None,
) -> None:
    """End a task, waiting or running, for everybody who submitted it."""
    with plain_errors():
        from pixelmill.cli.describe import task_lines
        from pixelmill.client import Client

        with Client(server, api_key=api_key) as client:
            task = client.cancel(task_id)
        for line in [task.model_dump_json()] if as_json else task_lines(task, server):
            typer.echo(line)
