"""The results of one source: images that are saved, and for a set of them the markup that shows them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote

from pixelmill.cli import files
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


def save_images(
    source: str, images: Iterable[Image], output: Path | None, taken: set[Path], write: Callable[[Image, Path], object]
) -> dict[Image, Saved]:
    """Save images, each whole or not at all.

    Args:
        source: URL or file that they were made of.
        images: The images; those that came out alike are one.
        output: What `--output` says.
        taken: Files that are results already.
        write: Fills the file of an image.
    """
    saved: dict[Image, Saved] = {}
    for image in dict.fromkeys(images):
        path = files.target(source, output, image.width, image.height, image.format.value)
        path = files.distinct(path, taken | {each.path for each in saved.values()})
        files.save(path, partial(write, image))
        saved[image] = Saved(path, image.format, image.width, image.height, image.frames)
    return saved


def save_markup(source: str, images: Iterable[Saved], output: Path | None, taken: set[Path]) -> Path:
    """Save a `<picture>` for the images beside them; returns its path."""
    path = files.distinct((output or Path()) / f"{files.stem_of(source)}.html", taken)
    markup = markup_of(images)
    files.save(path, lambda unfinished: unfinished.write_text(f"{markup.picture}\n"))
    return path
