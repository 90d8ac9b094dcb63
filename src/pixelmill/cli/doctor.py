"""`pixelmill doctor`: what is wrong with this installation, and how to repair it."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from pixelmill.cli.exits import ExitCode, plain_errors
from pixelmill.cli.roles import DEFAULT_DATA_DIR

if TYPE_CHECKING:
    from pixelmill.cli.checks.finding import Finding

COLORS: Final = {"ok": "green", "skipped": "blue", "warning": "yellow", "problem": "red"}


def doctor(
    *,
    server: Annotated[
        str | None, typer.Option(envvar="PIXELMILL_SERVER", help="Also ask this service whether it is ready.")
    ] = None,
    data_dir: Annotated[
        Path, typer.Option(help="Data directory of pixelmill up; its servers are checked if it runs.")
    ] = DEFAULT_DATA_DIR,
) -> None:
    """Check this installation; say how to repair it.

    Checks servers, their versions and settings, the disk, codecs and limits; exits with 1 if something is wrong. The
    servers are those that REDIS_URL, DATABASE_URL and PIXELMILL_STORE_URL name, else those of pixelmill up.
    """
    with plain_errors():
        problems = 0
        for finding in _look(server, data_dir):
            _print(finding)
            problems += finding.level == "problem"
        if problems:
            typer.echo(f"{problems} to repair.")
            raise typer.Exit(ExitCode.FAILED)
        typer.echo("Nothing to repair.")


def _look(server: str | None, data_dir: Path) -> Iterator["Finding"]:
    from pixelmill.cli.checks import machine
    from pixelmill.cli.checks.subject import find_subject
    from pixelmill.settings import Settings

    settings = Settings.from_environment()
    subject = find_subject(settings, data_dir)
    yield from machine.check()
    if subject.needs_wheels:
        yield from _check("binaries")
    yield from _check("redis_server", subject.redis_url)
    yield from _check("postgres_server", subject.database_url)
    yield from _check("store", subject.store, subject.disk)
    yield from _check("codecs", settings.transform)
    if server:
        yield from _check("service", server)


def _check(name: str, *subject: object) -> Iterator["Finding"]:
    """Run a check of `pixelmill.cli.checks`, if what it needs is installed: the image of a role has no more."""
    from pixelmill.cli.checks.finding import skipped

    try:
        yield from import_module(f"pixelmill.cli.checks.{name}").check(*subject)
    except ModuleNotFoundError as error:
        yield skipped(name, f"{error.name} is not installed here")


def _print(finding: "Finding") -> None:
    mark = typer.style(f"{finding.level.value:8}", fg=COLORS[finding.level.value])
    typer.echo(f"{mark} {finding.about:26} {finding.says}")
    if finding.repair:
        typer.echo(f"{'':35} {finding.repair}")
