"""`pixelmill dead-letters`: look at tasks that were given up, and start them again."""

from typing import Annotated

import typer

from pixelmill.cli import options
from pixelmill.cli.exits import HELP, ExitCode, plain_errors, stop

app = typer.Typer(
    name="dead-letters", help="List tasks that were given up, or start them again.", epilog=HELP, no_args_is_help=True
)


@app.command("list", epilog=HELP)
def list_(
    *, as_json: options.AsJson = False, server: options.Server = options.DEFAULT_SERVER, api_key: options.ApiKey = None
) -> None:
    """List them, the newest first.

    One a line: its id, when it was given up, after how many attempts, why, and its source.
    """
    with plain_errors():
        from pixelmill.cli.describe import dead_letter_line
        from pixelmill.client import Client

        with Client(server, api_key=api_key) as client:
            for task in client.dead_letters():
                typer.echo(task.model_dump_json() if as_json else dead_letter_line(task))


@app.command(epilog=HELP)
def requeue(
    task_id: Annotated[str | None, typer.Argument(metavar="TASK_ID", help="As list printed it.")] = None,
    *,
    all_: Annotated[bool, typer.Option("--all", help="Start all of them again.")] = False,
    as_json: options.AsJson = False,
    server: options.Server = options.DEFAULT_SERVER,
    api_key: options.ApiKey = None,
) -> None:
    """Start one again, or all of them.

    They run as if they were submitted now.
    """
    if (task_id is None) != all_:
        stop("expected either a task id or --all", ExitCode.USAGE)
    with plain_errors():
        import json

        from pixelmill.cli.describe import task_lines
        from pixelmill.client import Client

        with Client(server, api_key=api_key) as client:
            if task_id is None:
                requeued = client.requeue_all()
                typer.echo(json.dumps({"requeued": requeued}) if as_json else f"{requeued} requeued")
                return
            task = client.requeue(task_id)
        for line in [task.model_dump_json()] if as_json else task_lines(task, server):
            typer.echo(line)
