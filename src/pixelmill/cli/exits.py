"""How a command ends: its exit codes, and one sentence for everything that may go wrong.

Only expected failures are caught here. A bug keeps its traceback: whoever meets it has something to report.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, NoReturn

import typer

if TYPE_CHECKING:
    from pixelmill.client import ClientError
    from pixelmill.domain.errors import PixelmillError


class ExitCode(IntEnum):
    """What a script that calls `pixelmill` can tell apart."""

    OK = 0
    FAILED = 1
    USAGE = 2
    UNREACHABLE = 3
    GONE = 4
    NOT_WRITTEN = 5
    INTERRUPTED = 130


MEANINGS: Final = {
    ExitCode.OK: "everything asked for was done",
    ExitCode.FAILED: "a task, or a check of doctor, failed; a task to cancel or requeue is none that can be",
    ExitCode.USAGE: "the command line, the request, a setting or the API key is wrong, or the key is missing",
    ExitCode.UNREACHABLE: "the service or a server cannot be reached, or takes no more now",
    ExitCode.GONE: "there is no such task, or it has expired",
    ExitCode.NOT_WRITTEN: "the result could not be written",
    ExitCode.INTERRUPTED: "interrupted by Ctrl-C; watch, which is to end so, exits with 0",
}
"""In the words of `--help` and of the reference."""

HELP: Final = "Exit codes:\n\n\b\n" + "\n".join(f"{code.value:>3}  {meaning}" for code, meaning in MEANINGS.items())
"""The end of a command's help; after `\\b` the lines stay apart."""

_CODE_OF_ERROR: Final = {
    "route_not_found": ExitCode.GONE,  # a result whose life ended before it was fetched
    "task_not_found": ExitCode.GONE,
    "task_expired": ExitCode.GONE,
    "task_finished": ExitCode.FAILED,
    "not_a_dead_letter": ExitCode.FAILED,
    "rate_limited": ExitCode.UNREACHABLE,
    "too_many_submissions": ExitCode.UNREACHABLE,
    "too_many_reads": ExitCode.UNREACHABLE,
}
_CODE_OF_FAULT: Final = {"caller": ExitCode.USAGE, "source": ExitCode.FAILED, "service": ExitCode.UNREACHABLE}


def stop(message: str, code: int) -> NoReturn:
    """Say what is wrong on standard error and end the command."""
    typer.echo(f"pixelmill: {message}", err=True)
    raise typer.Exit(code)


@contextmanager
def plain_errors() -> Iterator[None]:
    """Run the body of a command; an expected failure in it becomes one sentence and an exit code."""
    try:
        yield
    except KeyboardInterrupt as interrupt:
        stop(str(interrupt) or "interrupted", ExitCode.INTERRUPTED)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] == "pixelmill":
            raise
        stop(f"{error.name} is not installed, which this command needs: pip install 'pixelmill[up]'", ExitCode.USAGE)
    except TimeoutError as error:
        stop(str(error), ExitCode.UNREACHABLE)
    except _settings_error() as error:
        stop(str(error), ExitCode.USAGE)
    except _catalogue_error() as error:
        stop(error.detail, _CODE_OF_ERROR.get(error.code, _CODE_OF_FAULT[error.fault]))
    except _client_error() as error:
        stop(*_said_by_client(error))


# The classes are loaded when something has gone wrong, not when `pixelmill --help` starts: it has to be instant.
# The expression of an `except` clause is evaluated only then.


def _settings_error() -> type[Exception] | tuple[()]:
    try:
        from pixelmill.settings import SettingsError
    except ModuleNotFoundError:
        return ()  # the client alone is installed: it reads no settings
    return SettingsError


def _catalogue_error() -> "type[PixelmillError]":
    from pixelmill.domain.errors import PixelmillError

    return PixelmillError


def _client_error() -> "type[ClientError]":
    from pixelmill.client import ClientError

    return ClientError


def _said_by_client(error: "ClientError") -> tuple[str, ExitCode]:
    from pixelmill.cli.remedies import said

    return said(error), _code_of(error)


def _code_of(error: "ClientError") -> ExitCode:
    from pixelmill.client import ApiProblem, DownloadDamaged
    from pixelmill.domain.errors import CATALOGUE

    if isinstance(error, DownloadDamaged):
        return ExitCode.FAILED
    if not isinstance(error, ApiProblem):
        return ExitCode.UNREACHABLE
    if known := CATALOGUE.get(error.code):
        return _CODE_OF_ERROR.get(error.code, _CODE_OF_FAULT[known.fault])
    # From a newer service, or from something that is no Pixelmill.
    return ExitCode.USAGE if error.status < HTTPStatus.INTERNAL_SERVER_ERROR else ExitCode.UNREACHABLE
