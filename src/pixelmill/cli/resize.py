"""`pixelmill resize`: the transform alone, on a local file, without any server."""

from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from pixelmill.cli import files, options
from pixelmill.cli.exits import plain_errors
from pixelmill.cli.parameters import Given, takes_parameters, transformation

if TYPE_CHECKING:
    from pixelmill.domain.transformation import Transformation


@takes_parameters
def resize(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="The image.")],
    *,
    parameters: Given,
    output: options.Output = None,
) -> None:
    """Resize a file here, without any service.

    Runs in the sandbox that the worker uses, within the same limits. Prints the path of the result.
    """
    with plain_errors():
        wanted = transformation(files.format_of(output) | parameters)
        _resize(file, output, wanted)


def _resize(file: Path, output: Path | None, wanted: "Transformation") -> None:
    from pixelmill.cli.describe import dimensions
    from pixelmill.fetch.sniff import HEAD_BYTES, sniff
    from pixelmill.settings import Settings
    from pixelmill.telemetry.logs import configure_logs
    from pixelmill.transform.local import resize_file

    settings = Settings.from_environment().transform
    configure_logs(role="resize", level="warning", log_format="console")
    with file.open("rb") as opened:
        source_format = sniff(opened.read(HEAD_BYTES))
    with TemporaryDirectory(prefix="pixelmill-") as folder:
        made = Path(folder, "made")
        variant = resize_file(file.absolute(), made, wanted, settings, image_format=source_format)
        path = files.target(str(file), output, variant.width, variant.height, variant.format.value)
        files.save(path, lambda unfinished: copyfile(made, unfinished))
    typer.echo(f"saved as {path} ({dimensions(variant)})", err=True)
    typer.echo(path)
