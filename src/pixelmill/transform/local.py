"""Resize files without any server, in the same sandbox the worker uses."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self

from pixelmill.domain.errors import TaskError
from pixelmill.domain.source import ImageFormat
from pixelmill.domain.transformation import Transformation
from pixelmill.settings import TransformSettings
from pixelmill.transform.order import MadeVariant, Order, Tell
from pixelmill.transform.sandbox import Sandbox


class LocalSandbox:
    """A sandbox in a temporary folder. Use as an asynchronous context manager.

    Args:
        settings: Limits, deadline and memory.
        images: How many images will be made; one needs one child. A child that makes several variants has the cores of
            those that it leaves idle.
    """

    def __init__(self, settings: TransformSettings, *, images: int) -> None:
        self._settings = settings.model_copy(update={"processes": 1}) if images == 1 else settings

    async def __aenter__(self) -> Self:
        self._folder = TemporaryDirectory(prefix="pixelmill-")
        try:
            self._sandbox = Sandbox(self._settings, Path(self._folder.name))
            await self._sandbox.start()
        except BaseException:
            self._folder.cleanup()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._sandbox.close()
        self._folder.cleanup()

    @property
    def processes(self) -> int:
        """How many files are worked on at the same time; more wait their turn."""
        return self._sandbox.processes

    @asynccontextmanager
    async def resized(
        self, source: Path, variants: Mapping[str, Transformation], *, image_format: ImageFormat, tell: Tell
    ) -> AsyncIterator[dict[str, MadeVariant | TaskError]]:
        """Make variants of a file; those that are made are files as long as the context lasts.

        Args:
            source: The image.
            variants: What to make, by name.
            image_format: What the source's first bytes say it is (`pixelmill.fetch.sniff`).
            tell: Told how many variants are done.

        Raises:
            PixelmillError: Any of the errors of `Sandbox.transform`.
            OSError: The source cannot be read.
        """
        with TemporaryDirectory(dir=self._folder.name) as folder:
            order = _order(source, Path(folder), variants, image_format)
            yield (await self._sandbox.transform(order, tell)).variants


def _order(source: Path, folder: Path, variants: Mapping[str, Transformation], image_format: ImageFormat) -> Order:
    return Order(
        source_path=source.resolve(strict=True),
        format=image_format,
        scratch_dir=folder.resolve(),
        variants=dict(variants),
    )
