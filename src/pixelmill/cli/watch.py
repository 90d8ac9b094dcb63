"""`pixelmill watch`: follow a service live in the terminal."""

import sys
from typing import Annotated

import typer

from pixelmill.cli import options
from pixelmill.cli.exits import ExitCode, plain_errors, stop


def watch(
    *,
    interval: Annotated[float, typer.Option("--interval", min=0.5, help="Seconds between two looks.")] = 2.0,
    once: Annotated[bool, typer.Option("--once", help="Look once; exits with 3 if the service is not ready.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print a line of JSON at every look.")] = False,
    server: options.Server = options.DEFAULT_SERVER,
    api_key: options.ApiKey = None,
) -> None:
    """Follow a service live: queue, workers, stages, recent tasks, failures.

    Ctrl-C ends it. Where the service has API keys, it takes one that may read and operate.
    """
    if not (once or as_json or sys.stdout.isatty()):
        stop("the board needs a terminal; --once or --json do without", ExitCode.USAGE)
    with plain_errors():
        from pixelmill.cli.board import watching

        if once:
            raise typer.Exit(watching.look_once(server, api_key, as_json=as_json))
        follow = watching.print_lines if as_json else watching.show_live
        try:
            follow(server, api_key, interval)
        except KeyboardInterrupt:
            return  # that is how it ends
