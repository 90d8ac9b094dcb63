"""Whether there is memory for the sandbox, what confines it, and that every format is decoded and encoded in it."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from pixelmill.cli.checks import machine, tiny_images
from pixelmill.cli.checks.finding import Finding, ok, problem, warning
from pixelmill.domain.errors import PixelmillError, TaskError
from pixelmill.domain.source import ImageFormat
from pixelmill.domain.transformation import Fit, OutputFormat, Transformation
from pixelmill.settings import TransformSettings
from pixelmill.transform.layers.layer import Layer
from pixelmill.transform.order import Made, MadeVariant, Order
from pixelmill.transform.sandbox import Sandbox

RESULT_PIXELS: Final = 8
REPAIR: Final = "Reinstall the decoder: pip install --force-reinstall pyvips pyvips-binary"

CONFINE: Final = "Images are made all the same. Run the worker on a Linux, and in a container, that allows it."


def check(settings: TransformSettings) -> Iterator[Finding]:
    """Take a tiny image into every format and back."""
    yield machine.memory(settings)
    with TemporaryDirectory(prefix="pixelmill-") as folder:
        yield from asyncio.run(_look(settings.model_copy(update={"processes": 1}), Path(folder)))


async def _look(settings: TransformSettings, folder: Path) -> list[Finding]:
    try:
        async with Sandbox(settings, folder) as sandbox:
            encoded = await _encode_all(sandbox, folder)
            findings = [await _decode(sandbox, image_format, made) for image_format, made in encoded.items()]
            confinement = [_confined(layer) for layer in sandbox.layers]
            return [
                ok("sandbox", "a child process decodes"),
                *confinement,
                *findings,
                await _decode_tiff(sandbox, folder),
            ]
    except PixelmillError as error:
        return [problem("sandbox", error.detail, REPAIR)]


def _confined(layer: Layer) -> Finding:
    about = f"sandbox {layer.name.value}"
    return ok(about, layer.says) if layer.is_active else warning(about, layer.says, CONFINE)


async def _encode_all(sandbox: Sandbox, folder: Path) -> dict[OutputFormat, MadeVariant | TaskError]:
    source = folder / "source.png"
    source.write_bytes(tiny_images.png())
    made = await _order(sandbox, source, ImageFormat.PNG, list(OutputFormat))
    return {OutputFormat(name): variant for name, variant in made.variants.items()}


async def _decode(sandbox: Sandbox, image_format: OutputFormat, encoded: MadeVariant | TaskError) -> Finding:
    about = f"codec {image_format}"
    if isinstance(encoded, TaskError):
        return problem(about, f"cannot be written: {encoded.detail}", REPAIR)
    try:
        await _order(sandbox, encoded.path, ImageFormat(image_format.value), [OutputFormat.PNG])
    except PixelmillError as error:
        return problem(about, f"cannot be read: {error.detail}", REPAIR)
    return ok(about, "read and written")


async def _decode_tiff(sandbox: Sandbox, folder: Path) -> Finding:
    """TIFF is read only."""
    source = folder / "source.tiff"
    source.write_bytes(tiny_images.tiff())
    try:
        await _order(sandbox, source, ImageFormat.TIFF, [OutputFormat.PNG])
    except PixelmillError as error:
        return problem("codec tiff", f"cannot be read: {error.detail}", REPAIR)
    return ok("codec tiff", "read")


async def _order(sandbox: Sandbox, source: Path, source_format: ImageFormat, results: list[OutputFormat]) -> Made:
    scratch = source.with_name(f"{source.name}-made")
    scratch.mkdir()
    variants = {
        result.value: Transformation(width=RESULT_PIXELS, height=RESULT_PIXELS, fit=Fit.FILL, format=result.value)
        for result in results
    }
    return await sandbox.transform(
        Order(source_path=source, format=source_format, scratch_dir=scratch, variants=variants)
    )
