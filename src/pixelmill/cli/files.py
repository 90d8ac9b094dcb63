"""Where results go: names beside the source's, and files that appear whole or not at all."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from itertools import chain, count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from urllib.parse import unquote, urlsplit

from pixelmill.cli.exits import ExitCode, stop

SUFFIXES: Final = {"jpeg": ".jpg"}
"""Where the usual suffix is not the name of the format."""

FORMATS: Final = {
    ".jpg": "jpeg",
    ".jpeg": "jpeg",
    ".png": "png",
    ".webp": "webp",
    ".avif": "avif",
    ".gif": "gif",
}
"""The formats that the suffix of a result's file asks for."""

FALLBACK_STEM: Final = "image"
MAX_STEM_CHARACTERS: Final = 100
"""A file name has room for 255 bytes; size and suffix follow."""


def is_url(source: str) -> bool:
    """Whether a source names something on the web or in a bucket; otherwise it is a file."""
    return source.lower().startswith(("http://", "https://", "s3://", "gs://", "az://"))


def stem_of(source: str) -> str:
    """The name of a source without folder and suffix; a URL's is the end of its path, made fit for a file name."""
    if not is_url(source):
        return Path(source).stem
    end = Path(unquote(urlsplit(source).path)).stem
    return "".join(filter(str.isprintable, end)).lstrip(".")[:MAX_STEM_CHARACTERS] or FALLBACK_STEM


def target(
    source: str, output: Path | None, width: int, height: int, image_format: str, *, place: Path = Path()
) -> Path:
    """Where the result of a source is saved.

    Args:
        source: URL or file.
        output: What `--output` says: a file, or an existing folder; the current folder by default.
        width: Pixels of the result.
        height: Pixels of the result.
        image_format: Format of the result.
        place: The folder below the output's.
    """
    if output is not None and not output.is_dir():
        return output
    suffix = SUFFIXES.get(image_format, f".{image_format}")
    return (output or Path()) / place / f"{stem_of(source)}-{width}x{height}{suffix}"


def format_of(output: Path | None) -> dict[str, str]:
    """The parameter `format` that the suffix of `--output` asks for; nothing if it asks for none, or it is a folder."""
    if output is None or output.is_dir() or output.suffix.lower() not in FORMATS:
        return {}
    return {"format": FORMATS[output.suffix.lower()]}


def check_folder(output: Path | None) -> None:
    """End the command with a sentence if `--output` names a file where several results go."""
    if output is not None and not output.is_dir():
        stop(f"--output: expected an existing folder for several results, received {output}", ExitCode.USAGE)


def distinct(path: Path, taken: Collection[Path]) -> Path:
    """The path, with a number in its name where another source of the same name has taken it."""
    numbered = (path.with_stem(f"{path.stem}-{number}") for number in count(2))
    return next(candidate for candidate in chain([path], numbered) if candidate not in taken)


def make_folder(base: Path, place: Path) -> None:
    """Make a folder below an existing one; ends the command with a sentence if that cannot be."""
    if place.parts:
        with _written(base / place):
            (base / place).mkdir(parents=True, exist_ok=True)


@contextmanager
def saving(path: Path) -> Iterator[Path]:
    """Make a file whole or not at all: the body fills another one in the same folder, which then takes its place.

    Ends the command with a sentence if the folder or the disk does not allow it.
    """
    with _written(path), TemporaryDirectory(dir=path.parent, prefix=".pixelmill-") as folder:
        unfinished = Path(folder, path.name)
        yield unfinished
        unfinished.replace(path)


@contextmanager
def _written(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        stop(f"{path} could not be written: {error.strerror or error}", ExitCode.NOT_WRITTEN)
