"""The files that are resized: made once, kept in the cache."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.pictures import picture
from benchmarks.places import SOURCES
from tests.support.images import encode

SIZES: Final = {
    "0.3MP": (640, 480),
    "1MP": (1200, 800),
    "6MP": (3000, 2000),
    "12MP": (4032, 3024),
    "24MP": (6000, 4000),
    "48MP": (8000, 6000),
}
"""Width and height by name."""

_KINDS: Final[dict[str, tuple[str, str, dict[str, Any]]]] = {
    "jpeg": ("jpg", "JPEG", {"quality": 95}),
    "progressive": ("jpg", "JPEG", {"quality": 95, "progressive": True}),
    "png": ("png", "PNG", {}),
    "webp": ("webp", "WEBP", {"quality": 85}),
    "avif": ("avif", "AVIF", {"quality": 65, "speed": 8}),
}
"""Ending, Pillow's name and options of each kind of file. At 95 a JPEG of 12 megapixels has 5 MB, like a phone's."""


@dataclass(frozen=True)
class Source:
    """A file in the folder that the origin serves."""

    path: Path

    @property
    def size_bytes(self) -> int:
        """Its size."""
        return self.path.stat().st_size


def source(kind: str, size: str, seed: int = 1) -> Source:
    """The file of a kind and a size (keys of `SIZES`), one for each seed."""
    ending, name, options = _KINDS[kind]
    path = SOURCES / f"{kind}-{size}-{seed}.{ending}"
    if not path.exists():
        SOURCES.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".unfinished")
        unfinished.write_bytes(encode(picture(*SIZES[size], seed), name, **options))
        unfinished.rename(path)
    return Source(path)


def mix(each: int) -> list[Source]:
    """The mix that throughput is measured on: JPEGs of 6 and of 12 megapixels in turn, `each` of both."""
    return [source("jpeg", size, seed) for seed in range(each) for size in ("6MP", "12MP")]
