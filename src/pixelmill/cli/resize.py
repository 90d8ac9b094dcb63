"""`pixelmill resize`: the transform alone, on a local file, without any server."""

from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from pixelmill.cli import files, options
from pixelmill.cli.exits import ExitCode, plain_errors
from pixelmill.cli.parameters import Given, asked, takes_parameters

if TYPE_CHECKING:
    from pixelmill.domain.errors import TaskError
    from pixelmill.domain.transformation import Transformation
    from pixelmill.settings import TransformSettings
    from pixelmill.submit.request import UploadTaskRequest
    from pixelmill.transform.order import MadeVariant


@takes_parameters
def resize(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="The image.")],
    *,
    parameters: Given,
    preset: options.Preset = None,
    output: options.Output = None,
) -> None:
    """Resize a file here, without any service.

    Runs in the sandbox that the worker uses, within the same limits. Prints the paths of the results.
    """
    with plain_errors():
        if preset is not None:
            files.check_folder(output)
        wanted = asked(files.format_of(output) | parameters, preset)
        if not _resize(file, output, preset, wanted):
            raise typer.Exit(ExitCode.FAILED)


def _resize(file: Path, output: Path | None, preset: str | None, parameters: Given) -> bool:
    """Make and save everything; whether nothing failed."""
    from pixelmill.cli.describe import dimensions
    from pixelmill.cli.results import save_images, save_markup
    from pixelmill.domain.errors import TaskError, error_of
    from pixelmill.settings import Settings
    from pixelmill.submit.presets import Presets
    from pixelmill.telemetry.logs import configure_logs

    settings = Settings.from_environment()
    configure_logs(role="resize", level="warning", log_format="console")
    variants = Presets(settings.submit.presets).variants_of(_request(preset, parameters))
    with TemporaryDirectory(prefix="pixelmill-") as folder:
        ends = _make(file, Path(folder), variants, settings.transform)
        errors = {name: end for name, end in ends.items() if isinstance(end, TaskError)}
        if len(errors) == len(ends):
            raise error_of(next(iter(errors.values())))
        made = [end for end in ends.values() if not isinstance(end, TaskError)]
        saved = save_images(str(file), made, output, set(), lambda image, path: copyfile(image.path, path))
    for name, error in errors.items():
        typer.echo(f"{name} failed: {error.detail}", err=True)
    for variant, image in saved.items():
        typer.echo(f"saved as {image.path} ({dimensions(variant)})", err=True)
        typer.echo(image.path)
    if preset is not None:
        typer.echo(save_markup(str(file), saved.values(), output, {image.path for image in saved.values()}))
    return not errors


def _request(preset: str | None, parameters: Given) -> "UploadTaskRequest":
    from pydantic import ValidationError

    from pixelmill.submit.complaints import invalid_request
    from pixelmill.submit.request import UploadTaskRequest

    try:
        return UploadTaskRequest.model_validate({"preset": preset, "parameters": parameters})
    except ValidationError as error:
        raise invalid_request(error) from error


def _make(
    file: Path, folder: Path, variants: "dict[str, Transformation]", settings: "TransformSettings"
) -> "dict[str, MadeVariant | TaskError]":
    from pixelmill.fetch.sniff import HEAD_BYTES, sniff
    from pixelmill.transform.local import resize_file

    with file.open("rb") as opened:
        source_format = sniff(opened.read(HEAD_BYTES))
    return resize_file(file.absolute(), folder, variants, settings, image_format=source_format)
