"""`pixelmill submit`: hand images to a service, watch, save the results."""

from pathlib import Path
from typing import Annotated

import typer

from pixelmill.cli import files, options
from pixelmill.cli.exits import ExitCode, plain_errors, stop
from pixelmill.cli.parameters import Given, asked, takes_parameters


@takes_parameters
def submit(
    sources: Annotated[list[str], typer.Argument(metavar="SOURCE", help="URLs, fetched by the service, or files.")],
    *,
    parameters: Given,
    preset: options.Preset = None,
    priority: options.PriorityOption = "interactive",
    refresh: options.Refresh = False,
    output: options.Output = None,
    no_wait: options.NoWait = False,
    timeout: options.Timeout = options.DEFAULT_TIMEOUT_SECONDS,
    as_json: options.AsJson = False,
    server: options.Server = options.DEFAULT_SERVER,
) -> None:
    """Submit images to a service and save the results.

    Prints the paths of the results, or the ids of the tasks with --no-wait; progress goes to standard error.
    """
    with plain_errors():
        _check(sources, output, preset)
        wanted = asked(files.format_of(output) | parameters, preset)
        from pixelmill.cli.errand import Errand

        errand = Errand(preset, wanted, priority, refresh, output, timeout, as_json)
        if not errand.run(sources, server, wait=not no_wait):
            raise typer.Exit(ExitCode.FAILED)


def _check(sources: list[str], output: Path | None, preset: str | None) -> None:
    """Refuse what cannot work before anything is sent."""
    for source in sources:
        if not files.is_url(source) and not Path(source).is_file():
            stop(f"{source} is neither a file nor a URL", ExitCode.USAGE)
    if len(sources) > 1 or preset is not None:
        files.check_folder(output)
    if output is not None and not output.parent.is_dir():
        stop(f"--output: the folder {output.parent} does not exist", ExitCode.USAGE)
