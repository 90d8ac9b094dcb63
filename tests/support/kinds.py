"""Small images of every kind that a format has: what mutants are made from."""

from collections.abc import Callable
from functools import cache
from typing import Any, Final

import numpy as np
from PIL import Image

from pixelmill.domain.source import ImageFormat
from tests.support.hostile import avif, gif, jpeg, png, tiff, webp
from tests.support.images import animation, encode, photo, plain, save
from tests.support.profiles import P3

PICTURE: Final = photo(40, 30)
IMAGE: Final = Image.fromarray(PICTURE)
TRANSPARENT: Final = np.dstack((PICTURE, plain(40, 30, (90,))))
PROFILED: Final = {"icc_profile": P3.profile}


@cache
def kinds(image_format: ImageFormat) -> list[bytes]:
    """One image of each kind."""
    return _KINDS[image_format]()


def _jpegs() -> list[bytes]:
    return [
        encode(PICTURE, "JPEG", **PROFILED),
        encode(PICTURE, "JPEG", progressive=True),
        encode(PICTURE, "JPEG", subsampling=0, restart_marker_blocks=1),
        *(save(IMAGE.convert(mode), "JPEG") for mode in ("L", "CMYK")),
        jpeg.scans(20, 64),
        jpeg.with_segments(jpeg.exif(jpeg.ifd([(jpeg.ORIENTATION, 3, 1, 6), (jpeg.EXIF_POINTER, 4, 1, 8)]))),
    ]


def _pngs() -> list[bytes]:
    sixteen_bits = np.asarray(IMAGE.convert("L")).astype(np.uint16) * 257
    return [
        *(save(IMAGE.convert(mode), "PNG", **PROFILED) for mode in ("RGB", "RGBA", "L", "LA", "P", "1")),
        save(Image.fromarray(sixteen_bits), "PNG"),
        png.interlaced(16, 16, png.RGBA),
        png.frames(3),
        png.with_chunks((b"zTXt", b"c\0\0" + png.nothing(1000)), (b"tEXt", b"a\0b"), (b"pHYs", bytes(9))),
    ]


def _webps() -> list[bytes]:
    return [
        encode(PICTURE, "WEBP", **PROFILED),
        *(encode(TRANSPARENT, "WEBP", lossless=lossless) for lossless in (False, True)),
        _moving("WEBP"),
        webp.animated((64, 48), webp.frame(0, 0, 64, 48), webp.frame(2, 2, 62, 46)),
        webp.with_chunks(webp.XMP | webp.EXIF, webp.chunk(b"EXIF", b"II*\0"), webp.chunk(b"XMP ", b"x")),
    ]


def _avifs() -> list[bytes]:
    return [
        *(encode(pixels, "AVIF", speed=10, quality=50) for pixels in (PICTURE, TRANSPARENT)),
        _moving("AVIF"),
        avif.single((64, 64), (64, 64)),
        avif.grid(2, 2, (128, 128), (128, 128)),
        avif.turned(2),
        avif.cropped(32, 32),
        avif.with_metadata(b"Exif", b"\0\0\0\0II*\0\x08\0\0\0"),
    ]


def _gifs() -> list[bytes]:
    return [
        save(IMAGE.convert("L"), "GIF"),
        _moving("GIF"),
        gif.screen(64, 64) + (gif.CONTROL + gif.image((8, 8), (16, 16), gif.nothing(256))) * 3 + gif.END,
    ]


def _tiffs() -> list[bytes]:
    return [
        *(encode(PICTURE, "TIFF", compression=by) for by in ("tiff_lzw", "tiff_deflate", "jpeg", "packbits", "zstd")),
        *(save(IMAGE.convert(mode), "TIFF") for mode in ("L", "CMYK", "LAB", "RGBA", "P")),
        *(save(IMAGE.convert("1"), "TIFF", compression=by) for by in ("group3", "group4")),
        encode(PICTURE, "TIFF", **PROFILED),
        tiff.deflated(16, 16, 16),
        tiff.tiled(16, 16),
        tiff.strips(20),
        tiff.pages(3),
    ]


def _moving(image_format: str) -> bytes:
    frames = [photo(40, 30, seed) for seed in range(3)]
    timing: dict[str, Any] = {"delays_ms": [50, 60, 70], "loop": 0}
    return animation(frames, image_format, **timing)


_KINDS: Final[dict[ImageFormat, Callable[[], list[bytes]]]] = {
    ImageFormat.JPEG: _jpegs,
    ImageFormat.PNG: _pngs,
    ImageFormat.WEBP: _webps,
    ImageFormat.AVIF: _avifs,
    ImageFormat.GIF: _gifs,
    ImageFormat.TIFF: _tiffs,
}
