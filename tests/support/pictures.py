"""Source pictures for tests of the whole service, made by Pillow: another encoder and decoder than those tested."""

import io
import zlib

import numpy as np
from PIL import Image


def photo(width: int, height: int, seed: int) -> bytes:
    """A JPEG of soft color gradients and a little grain; each seed gives another picture."""
    random = np.random.default_rng(seed)
    across, down = np.linspace(0, 6, width)[None, :], np.linspace(0, 4, height)[:, None]
    channels = [127 + 90 * np.sin(across * a + down * b + c) for a, b, c in random.uniform(0.3, 1.5, (3, 3))]
    grain = random.normal(0, 4, (height, width, 1))
    pixels = np.clip(np.stack(channels, axis=-1) + grain, 0, 255).astype(np.uint8)
    encoded = io.BytesIO()
    Image.fromarray(pixels).save(encoded, "JPEG", quality=88)
    return encoded.getvalue()


def png_header(width: int, height: int) -> bytes:
    """A PNG that announces a size and has one pixel behind it."""
    encoded = io.BytesIO()
    Image.new("L", (1, 1)).save(encoded, "PNG")
    signature, rest = encoded.getvalue()[:12], encoded.getvalue()[33:]
    header = b"IHDR" + width.to_bytes(4) + height.to_bytes(4) + b"\x08\x00\x00\x00\x00"
    return signature + header + zlib.crc32(header).to_bytes(4) + rest


def size_of(content: bytes) -> tuple[int, int]:
    """Width and height of a picture that decodes to its last pixel."""
    with Image.open(io.BytesIO(content)) as picture:
        picture.load()
        return picture.size
