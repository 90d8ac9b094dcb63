"""Images for tests, made and read by Pillow: an encoder and a decoder other than the one under test.

Pixels are numpy arrays of shape (height, width, channels), 8 bits, upright unless said otherwise.
"""

import io
from collections.abc import Callable
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from PIL import Image

Pixels = npt.NDArray[np.uint8]

RED, GREEN, BLUE, YELLOW = (200, 30, 40), (30, 180, 60), (40, 50, 210), (230, 220, 40)
ORIENTATION: Final = 0x0112

_STORED: Final[dict[int, Callable[[Pixels], Pixels]]] = {
    1: lambda upright: upright,
    2: np.fliplr,
    3: lambda upright: np.rot90(upright, 2),
    4: np.flipud,
    5: lambda upright: np.swapaxes(upright, 0, 1),
    6: lambda upright: np.rot90(upright, 1),
    7: lambda upright: np.swapaxes(np.rot90(upright, 2), 0, 1),
    8: lambda upright: np.rot90(upright, -1),
}
"""How a camera held otherwise stores an upright picture, by the EXIF tag that then says how to turn it back."""


def plain(width: int, height: int, color: tuple[int, ...]) -> Pixels:
    """One color all over."""
    return np.full((height, width, len(color)), color, np.uint8)


def quarters(width: int, height: int) -> Pixels:
    """Red, green, blue and yellow quarters, from left to right and top to bottom: shows any turn or flip."""
    pixels = plain(width, height, RED)
    pixels[: height // 2, width // 2 :] = GREEN
    pixels[height // 2 :, : width // 2] = BLUE
    pixels[height // 2 :, width // 2 :] = YELLOW
    return pixels


def photo(width: int, height: int, seed: int = 1) -> Pixels:
    """Something with the statistics of a photograph: detail at every scale, more of it the coarser."""
    random = np.random.default_rng(seed)
    pixels = np.full((height, width, 3), 127.0)
    scale = 1
    while scale < max(width, height):
        coarse = random.normal(0, 2 + 2 * scale**0.6, (height // scale + 2, width // scale + 2, 3))
        pixels += np.repeat(np.repeat(coarse, scale, axis=0), scale, axis=1)[:height, :width]
        scale *= 2
    eight_bits: Pixels = np.clip(pixels, 0, 255).astype(np.uint8)
    return eight_bits


def stored_as(upright: Pixels, tag: int) -> Pixels:
    """The pixels a file holds so that, turned by the EXIF orientation `tag`, they stand upright."""
    return np.ascontiguousarray(_STORED[tag](upright))


def encode(pixels: Pixels, image_format: str, **options: Any) -> bytes:  # noqa: ANN401 - Pillow's options
    """A file of a format Pillow knows: JPEG, PNG, WEBP, AVIF, GIF or TIFF."""
    squeezed = pixels[:, :, 0] if pixels.shape[2] == 1 else pixels
    return save(Image.fromarray(squeezed), image_format, **options)


def save(image: Image.Image, image_format: str, **options: Any) -> bytes:  # noqa: ANN401 - as above
    """A Pillow image as a file."""
    encoded = io.BytesIO()
    image.save(encoded, image_format, **options)
    return encoded.getvalue()


def oriented(upright: Pixels, image_format: str, tag: int) -> bytes:
    """A file that stores the picture turned, and says so."""
    exif = Image.Exif()
    exif[ORIENTATION] = tag
    return encode(stored_as(upright, tag), image_format, exif=exif, **_nearly_lossless(image_format))


def animation(frames: list[Pixels], image_format: str, *, delays_ms: list[int], loop: int) -> bytes:
    """An animated GIF, WebP or PNG."""
    first, *rest = (Image.fromarray(frame) for frame in frames)
    options = {"append_images": rest, "duration": delays_ms, "loop": loop} | _nearly_lossless(image_format)
    return save(first, image_format, save_all=True, **options)


def opened(content: bytes) -> Image.Image:
    """A file decoded to its last pixel."""
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


def pixels_of(content: bytes, mode: str = "RGB") -> Pixels:
    """The pixels of a file, as RGB or any other of Pillow's modes with several channels."""
    return np.asarray(opened(content).convert(mode))


def color_at(pixels: Pixels, across: float, down: float) -> tuple[int, ...]:
    """The mean color around a point, which is given as shares of width and height: (0, 0) is left top."""
    height, width, _ = pixels.shape
    x, y = round(across * (width - 1)), round(down * (height - 1))
    around = pixels[max(0, y - 1) : y + 2, max(0, x - 1) : x + 2].reshape(-1, pixels.shape[2])
    return tuple(round(float(value)) for value in around.mean(axis=0))


def are_close(color: tuple[int, ...], expected: tuple[int, ...], tolerance: int = 12) -> bool:
    """Whether two colors differ by no more than lossy compression explains."""
    return len(color) == len(expected) and all(abs(a - b) <= tolerance for a, b in zip(color, expected, strict=True))


def _nearly_lossless(image_format: str) -> dict[str, Any]:
    if image_format == "JPEG":
        return {"quality": 95, "subsampling": 0}
    if image_format == "WEBP":
        return {"lossless": True}
    return {"quality": 95, "subsampling": "4:4:4"} if image_format == "AVIF" else {}
