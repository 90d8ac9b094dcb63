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
    from pixelmill.cli.checks.subject import Subject

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
    from pixelmill.cli.checks.finding import problem
    from pixelmill.cli.checks.subject import find_subject
    from pixelmill.settings import Settings
    from pixelmill.telemetry.logs import silence_logs

    silence_logs()
    settings = Settings.from_environment()
    yield from machine.check()
    try:
        subject = find_subject(settings, data_dir)
    except OSError as error:
        yield problem("data directory", str(error), "Make it readable for this user, or name another by --data-dir.")
    else:
        yield from _check_servers(subject)
    yield from _check("codecs", settings.transform)
    if server:
        yield from _check("service", server)


def _check_servers(subject: "Subject") -> Iterator["Finding"]:
    if subject.needs_wheels:
        yield from _check("binaries")
    yield from _check("redis_server", subject.redis_url)
    yield from _check("postgres_server", subject.database_url)
    yield from _check("store", subject.store, subject.disk)


def _check(name: str, *subject: object) -> Iterator["Finding"]:
    """Run a check of `pixelmill.cli.checks`, if what it needs is installed: the image of a role has no more.

    A check that breaks is a finding like any other: what is broken is what a doctor is called for, and the other checks
    are still to be made.
    """
    from pixelmill.cli.checks.finding import problem, skipped
    from pixelmill.settings import SettingsError

    about = name.partition("_")[0]
    try:
        yield from import_module(f"pixelmill.cli.checks.{name}").check(*subject)
    except ModuleNotFoundError as error:
        yield skipped(about, f"{error.name} is not installed here")
    except SettingsError as error:
        yield problem(about, str(error), "Correct the setting.")
    except OSError as error:
        yield problem(about, f"cannot be looked at: {error}", "Make it readable for this user.")
    except Exception as error:  # noqa: BLE001 - and its words may hold a password
        yield problem(about, f"cannot be looked at: {type(error).__name__}", "Look after what it names; see its log.")


def _print(finding: "Finding") -> None:
    mark = typer.style(f"{finding.level.value:8}", fg=COLORS[finding.level.value])
    typer.echo(f"{mark} {finding.about:26} {' '.join(finding.says.split())}")  # servers speak in several lines
    if finding.repair:
        typer.echo(f"{'':35} {finding.repair}")
