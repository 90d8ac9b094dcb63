"""The results of sources: where each image goes, and for a set of them the markup that shows them."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote

from pixelmill.cli import files
from pixelmill.cli.describe import dimensions
from pixelmill.cli.sources import Source
from pixelmill.domain.markup import markup_of
from pixelmill.domain.transformation import OutputFormat

if TYPE_CHECKING:
    from pixelmill.domain.variant import Variant
    from pixelmill.transform.order import MadeVariant

Image = TypeVar("Image", bound="Variant | MadeVariant")


@dataclass(frozen=True)
class Saved:
    """An image in a file, as a page beside it sees it."""

    path: Path
    format: OutputFormat
    width: int
    height: int
    frames: int

    @property
    def url(self) -> str:
        """Its name, from a page in the same folder."""
        return quote(self.path.name)


def shown(variant: "Variant | MadeVariant", saved: Saved) -> dict[str, object]:
    """A variant in JSON, and where it was saved."""
    return variant.model_dump(mode="json", exclude_none=True) | {"path": str(saved.path)}


class Results:
    """Names the results of sources that are worked on at the same time, as if they had come one after the other.

    Args:
        sources: All of them, in their order.
        output: What `--output` says.
    """

    def __init__(self, sources: Sequence[Source], output: Path | None) -> None:
        self._output = output
        self._taken: set[Path] = set()
        self._ended = {source: asyncio.Event() for source in sources}
        self._before: dict[Source, Source] = {}
        alike: defaultdict[tuple[Path, str], list[Source]] = defaultdict(list)
        for source in sources:
            alike[source.place, files.stem_of(source.name)].append(source)
        for group in alike.values():
            self._before |= dict(zip(group[1:], group, strict=False))

    async def turn(self, source: Source) -> None:
        """Wait until no earlier source can take a name of this one's any more."""
        if source in self._before:
            await self._ended[self._before[source]].wait()

    def end(self, source: Source) -> None:
        """No more names are taken for this source."""
        self._ended[source].set()

    def place(self, source: Source, images: Iterable[Image]) -> dict[Image, Saved]:
        """Name the files of images, and make their folder; those that came out alike are one."""
        files.make_folder(self._output or Path(), source.place)
        placed: dict[Image, Saved] = {}
        for image in dict.fromkeys(images):
            path = files.target(
                source.name, self._output, image.width, image.height, image.format.value, place=source.place
            )
            placed[image] = Saved(self._take(path), image.format, image.width, image.height, image.frames)
        return placed

    def told(self, source: Source, saved: Mapping[Image, Saved], *, with_markup: bool) -> dict[Path, str]:
        """The paths of what was saved, each with what to say of it; markup is saved beside them where it is wanted."""
        told = {image.path: f"saved as {image.path} ({dimensions(variant)})" for variant, image in saved.items()}
        if with_markup and saved:
            path = self._save_markup(source, saved.values())
            told[path] = f"markup saved as {path}"
        return told

    def _save_markup(self, source: Source, images: Iterable[Saved]) -> Path:
        name = f"{files.stem_of(source.name)}.html"
        path = self._take((self._output or Path()) / source.place / name)
        with files.saving(path) as unfinished:
            unfinished.write_text(f"{markup_of(images).picture}\n")
        return path

    def _take(self, path: Path) -> Path:
        path = files.distinct(path, self._taken)
        self._taken.add(path)
        return path
