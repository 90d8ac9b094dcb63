"""The `pixelmill` command. What a command needs is loaded when it runs: help is instant, and needs no extra."""

import typer

from pixelmill.cli import (
    api_keys,
    cancel,
    dead_letters,
    doctor,
    history,
    recover,
    resize,
    roles,
    sign,
    status,
    submit,
    version,
    watch,
)
from pixelmill.cli.command_line import CommandLine
from pixelmill.cli.exits import HELP

app = typer.Typer(
    name="pixelmill",
    cls=CommandLine,
    help="Self-hosted, asynchronous image resizing.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help: loading rich for it takes longer than everything else
)

app.command()(roles.up)
app.command()(roles.api)
app.command()(roles.worker)
app.command("cleanup-crew")(roles.cleanup_crew)
app.command()(roles.migrate)
app.command(epilog=HELP)(recover.recover)
app.command(epilog=HELP)(submit.submit)
app.command(epilog=HELP)(status.status)
app.command(epilog=HELP)(history.history)
app.command(epilog=HELP)(watch.watch)
app.command(epilog=HELP)(cancel.cancel)
app.add_typer(dead_letters.app)
app.add_typer(api_keys.app)
app.command(epilog=HELP)(resize.resize)
app.command()(sign.sign)
app.command(epilog=HELP)(doctor.doctor)
app.command()(version.version)
