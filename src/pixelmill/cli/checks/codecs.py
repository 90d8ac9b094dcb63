"""Whether every format is really decoded and encoded, in the sandbox, by the libvips that is installed."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from pixelmill.cli.checks import tiny_images
from pixelmill.cli.checks.finding import Finding, ok, problem
from pixelmill.domain.errors import PixelmillError
from pixelmill.domain.source import ImageFormat
from pixelmill.domain.transformation import Fit, OutputFormat, Transformation
from pixelmill.settings import TransformSettings
from pixelmill.transform.local import resize_file

RESULT_PIXELS: Final = 8
REPAIR: Final = "Reinstall the decoder: pip install --force-reinstall pyvips-binary pyvips."


def check(settings: TransformSettings) -> Iterator[Finding]:
    """Take a tiny image through every format and back."""
    alone = settings.model_copy(update={"processes": 1})
    with TemporaryDirectory(prefix="pixelmill-") as folder:
        source = Path(folder, "source.png")
        source.write_bytes(tiny_images.png())
        for image_format in OutputFormat:
            yield _round_trip(source, image_format, alone)
        source = Path(folder, "source.tiff")
        source.write_bytes(tiny_images.tiff())
        yield _decode(source, ImageFormat.TIFF, alone)


def _round_trip(source: Path, image_format: OutputFormat, settings: TransformSettings) -> Finding:
    encoded = source.with_name(f"encoded.{image_format}")
    try:
        _resize(source, ImageFormat.PNG, encoded, image_format, settings)
    except PixelmillError as error:
        return problem(f"codec {image_format}", f"cannot be written: {error.detail}", REPAIR)
    return _decode(encoded, ImageFormat(image_format.value), settings, "read and written")


def _decode(source: Path, image_format: ImageFormat, settings: TransformSettings, says: str = "read") -> Finding:
    about = f"codec {image_format}"
    try:
        _resize(source, image_format, source.with_name("decoded.png"), OutputFormat.PNG, settings)
    except PixelmillError as error:
        return problem(about, f"cannot be read: {error.detail}", REPAIR)
    return ok(about, says)


def _resize(
    source: Path, source_format: ImageFormat, result: Path, result_format: OutputFormat, settings: TransformSettings
) -> None:
    wanted = Transformation(width=RESULT_PIXELS, height=RESULT_PIXELS, fit=Fit.FILL, format=result_format.value)
    resize_file(source, result, wanted, settings, image_format=source_format)
