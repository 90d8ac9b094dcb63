"""Pictures for the tests, as real files."""

from pathlib import Path

import pyvips
from playwright.sync_api import FilePayload


def picture(width: int, height: int, suffix: str = ".jpg", *, shade: int = 0) -> bytes:
    """An opaque picture whose pixels differ, in the format of the suffix; `shade` makes another one of that size."""
    across = pyvips.Image.xyz(width, height)
    bands = [across[0] * 255 / width, across[1] * 255 / height, shade]
    pixels = bands[0].bandjoin(bands[1:]).cast("uchar").copy(interpretation="srgb")
    return bytes(pixels.write_to_buffer(suffix))


def noise(width: int, height: int) -> bytes:
    """A PNG that cannot be compressed, for a size in bytes that matters."""
    bands = [pyvips.Image.gaussnoise(width, height, mean=128, sigma=60, seed=seed) for seed in range(3)]
    return bytes(bands[0].bandjoin(bands[1:]).cast("uchar").copy(interpretation="srgb").pngsave_buffer())


def see_through(width: int, height: int) -> bytes:
    """A PNG that is transparent all over."""
    return bytes(pyvips.Image.black(width, height, bands=4).copy(interpretation="srgb").pngsave_buffer())


def payload(name: str, content: bytes, mime_type: str = "image/jpeg") -> FilePayload:
    """A file as a person would choose it."""
    return {"name": name, "mimeType": mime_type, "buffer": content}


def size_of(content: bytes) -> tuple[int, int]:
    """Width and height of an image file."""
    image = pyvips.Image.new_from_buffer(content, "")
    return image.width, image.height


def corner_of(content: bytes) -> list[float]:
    """The color of the top left pixel of an image file."""
    return [float(value) for value in pyvips.Image.new_from_buffer(content, "").getpoint(1, 1)]


def write_small(png: bytes, path: Path) -> None:
    """Write a screenshot with a palette of 256 colors: a third of the bytes, no difference to see."""
    pyvips.Image.new_from_buffer(png, "").pngsave(str(path), palette=True, Q=95, effort=10, strip=True)
