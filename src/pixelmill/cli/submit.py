"""`pixelmill submit`: hand images to a service, watch, save the results."""

from pathlib import Path

import typer

from pixelmill.cli import files, options
from pixelmill.cli.exits import ExitCode, plain_errors, stop
from pixelmill.cli.parameters import Given, asked, takes_parameters
from pixelmill.cli.sources import Source, expanded


@takes_parameters
def submit(
    sources: options.Sources,
    *,
    parameters: Given,
    preset: options.Preset = None,
    priority: options.PriorityOption = "interactive",
    refresh: options.Refresh = False,
    output: options.Output = None,
    no_wait: options.NoWait = False,
    timeout: options.Timeout = options.DEFAULT_TIMEOUT_SECONDS,
    at_once: options.AtOnce = options.DEFAULT_AT_ONCE,
    as_json: options.ResultsAsJson = False,
    server: options.Server = options.DEFAULT_SERVER,
    api_key: options.ApiKey = None,
) -> None:
    """Submit images to a service and save the results.

    A source is a URL, which the service fetches, or a file, a folder, a pattern such as 'photos/**/*.jpg', or - for a
    list of such on standard input. Prints the paths of the results, or the ids of the tasks with --no-wait; progress
    goes to standard error.
    """
    with plain_errors():
        named = expanded(sources, output)
        _check(named, output, preset)
        wanted = asked(files.format_of(output) | parameters, preset)
        from pixelmill.cli.errand import Errand

        errand = Errand(
            preset=preset,
            parameters=wanted,
            priority=priority,
            refresh=refresh,
            output=output,
            timeout_seconds=timeout,
            as_json=as_json,
            wait=not no_wait,
            at_once=at_once,
        )
        if not errand.run(named, server, api_key):
            raise typer.Exit(ExitCode.FAILED)


def _check(sources: list[Source], output: Path | None, preset: str | None) -> None:
    """Refuse what cannot work before anything is sent."""
    if len(sources) > 1 or preset is not None:
        files.check_folder(output)
    if output is not None and not output.parent.is_dir():
        stop(f"--output: the folder {output.parent} does not exist", ExitCode.USAGE)
