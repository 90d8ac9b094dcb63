"""What a command is to work on: URLs, files, and what folders, patterns and standard input name."""

import glob
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pixelmill.cli.exits import ExitCode, stop
from pixelmill.cli.files import is_url

STANDARD_INPUT: Final = "-"

IMAGE_SUFFIXES: Final = frozenset({".avif", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"})
"""The files that are taken from a folder. One that is named is taken whatever it is called."""


@dataclass(frozen=True)
class Source:
    """One image.

    Attributes:
        name: URL or path, as messages show it.
        place: The folder of its results, below the one that `--output` names: the way to a file in a folder is kept.
    """

    name: str
    place: Path = Path()

    @property
    def is_url(self) -> bool:
        """Whether the service fetches it; it is a file otherwise."""
        return is_url(self.name)


def expanded(arguments: Sequence[str], output: Path | None) -> list[Source]:
    """Every source that the arguments name, once, in their order; ends the command if one names none.

    Args:
        arguments: URLs, files, folders (all images below them), patterns, or `-` for such names on standard input, one
            a line.
        output: Results that lie there are not taken for sources.
    """
    names = [name for argument in arguments for name in (_lines() if argument == STANDARD_INPUT else [argument])]
    if not names:
        stop("standard input names no source", ExitCode.USAGE)
    return list(dict.fromkeys(source for name in names for source in _named(name, output)))


def _lines() -> list[str]:
    return [line.strip() for line in sys.stdin if line.strip()]


def _named(name: str, output: Path | None) -> Iterable[Source]:
    path = Path(name)
    if is_url(name) or path.is_file():
        return [Source(name)]
    if path.is_dir():
        return list(_in_folder(path, output)) or stop(f"there is no image in {name}", ExitCode.USAGE)
    if not glob.has_magic(name):
        stop(f"{name} is neither a file, a folder nor a URL", ExitCode.USAGE)
    matches = glob.glob(name, recursive=True)  # noqa: PTH207 - that of Path refuses absolute patterns
    found = sorted(each for each in matches if Path(each).is_file())
    return [Source(each) for each in found] or stop(f"no file matches {name}", ExitCode.USAGE)


def _in_folder(folder: Path, output: Path | None) -> Iterator[Source]:
    """The images below a folder, but for hidden ones and results of ours."""
    results = output.resolve() if output is not None and output.resolve() != folder.resolve() else None
    for path in sorted(folder.rglob("*")):
        below = path.relative_to(folder)
        is_hidden = any(part.startswith(".") for part in below.parts)
        is_result = results is not None and results in path.resolve().parents
        if path.suffix.lower() in IMAGE_SUFFIXES and path.is_file() and not (is_hidden or is_result):
            yield Source(str(path), below.parent)
