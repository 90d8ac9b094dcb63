"""`pixelmill resize`: the transform alone, on local files, without any server."""

from typing import TYPE_CHECKING

import typer

from pixelmill.cli import files, options
from pixelmill.cli.exits import ExitCode, plain_errors, stop
from pixelmill.cli.parameters import Given, asked, takes_parameters
from pixelmill.cli.sources import expanded

if TYPE_CHECKING:
    from pixelmill.submit.request import UploadTaskRequest


@takes_parameters
def resize(
    sources: options.Files,
    *,
    parameters: Given,
    preset: options.Preset = None,
    output: options.Output = None,
    as_json: options.ResultsAsJson = False,
) -> None:
    """Resize files here, without any service.

    A source is a file, a folder, a pattern such as 'photos/**/*.jpg', or - for a list of such on standard input. Runs
    in the sandbox that the worker uses, within the same limits, on all cores. Prints the paths of the results.
    """
    with plain_errors():
        named = expanded(sources, output)
        for source in named:
            if source.is_url:
                stop(f"{source.name} is not here: pixelmill submit has it fetched", ExitCode.USAGE)
        if len(named) > 1 or preset is not None:
            files.check_folder(output)
        wanted = asked(files.format_of(output) | parameters, preset)

        from pixelmill.cli.local_errand import LocalErrand
        from pixelmill.settings import Settings
        from pixelmill.submit.presets import Presets
        from pixelmill.telemetry.logs import configure_logs

        settings = Settings.from_environment()
        configure_logs(role="resize", level="warning", log_format="console")
        errand = LocalErrand(
            variants=Presets(settings.submit.presets).variants_of(_request(preset, wanted)),
            output=output,
            with_markup=preset is not None,
            as_json=as_json,
            settings=settings.transform,
        )
        if not errand.run(named):
            raise typer.Exit(ExitCode.FAILED)


def _request(preset: str | None, parameters: Given) -> "UploadTaskRequest":
    from pydantic import ValidationError

    from pixelmill.submit.complaints import invalid_request
    from pixelmill.submit.request import UploadTaskRequest

    try:
        return UploadTaskRequest.model_validate({"preset": preset, "parameters": parameters})
    except ValidationError as error:
        raise invalid_request(error, UploadTaskRequest) from error
