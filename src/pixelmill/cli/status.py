"""`pixelmill status`: how a task stands."""

from typing import Annotated

import typer

from pixelmill.cli import options
from pixelmill.cli.exits import ExitCode, plain_errors


def status(
    task_id: Annotated[str, typer.Argument(metavar="TASK_ID", help="As submit printed it.")],
    *,
    wait: Annotated[bool, typer.Option("--wait", help="Wait until the task has ended.")] = False,
    timeout: options.Timeout = options.DEFAULT_TIMEOUT_SECONDS,
    as_json: options.AsJson = False,
    server: options.Server = options.DEFAULT_SERVER,
    api_key: options.ApiKey = None,
) -> None:
    """Say how a task stands; exits with 1 if it failed."""
    with plain_errors():
        from pixelmill.cli.describe import share_of, state_of, task_lines
        from pixelmill.cli.progress import progress
        from pixelmill.client import Client
        from pixelmill.domain.task import Status

        with Client(server, api_key=api_key) as client:
            task = client.status(task_id)
            if wait:
                with progress(1) as display:
                    task = client.wait(
                        task, timeout, on_change=lambda now: display.tell(task_id, state_of(now), share_of(now))
                    )
        for line in [task.model_dump_json()] if as_json else task_lines(task, server):
            typer.echo(line)
        if task.status in {Status.FAILED, Status.CANCELED}:
            raise typer.Exit(ExitCode.FAILED)
