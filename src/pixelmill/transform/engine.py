"""The engine: libvips, set up for a process that does nothing else."""

from typing import Final

import pyvips

from pixelmill.domain.source import ImageFormat
from pixelmill.domain.transformation import OutputFormat, Transformation
from pixelmill.transform.geometry import Size
from pixelmill.transform.picture import Picture
from pixelmill.transform.steps.encode import encode
from pixelmill.transform.steps.resize import resize

LOADERS: Final[dict[ImageFormat, str]] = {
    ImageFormat.JPEG: "jpegload",
    ImageFormat.PNG: "pngload",
    ImageFormat.WEBP: "webpload",
    ImageFormat.AVIF: "heifload",
    ImageFormat.GIF: "gifload",
    ImageFormat.TIFF: "tiffload",
}
"""libvips' operation for each format. Called by name, so that no sniffing of libvips' own picks another one."""

_LOADER_CLASSES: Final = (
    "VipsForeignLoadJpegFile",
    "VipsForeignLoadPngFile",
    "VipsForeignLoadWebpFile",
    "VipsForeignLoadHeifFile",
    "VipsForeignLoadNsgifFile",
    "VipsForeignLoadTiffFile",
)


def start_engine() -> None:
    """Switch off every loader but ours, and the operation cache: no two tasks share an operation."""
    # pyvips takes libvips' warnings for text, and makes a traceback of each whose bytes a file has made to be none.
    pyvips.glib_lib.g_log_remove_handler(b"VIPS", pyvips._log_handler_id)  # noqa: SLF001 - there is no other way
    pyvips._log_handler_id = None  # noqa: SLF001 - or else it is removed again at the end
    pyvips.cache_set_max(0)
    pyvips.operation_block_set("VipsForeignLoad", True)  # noqa: FBT003 - libvips takes it by position only
    for loader_class in _LOADER_CLASSES:
        pyvips.operation_block_set(loader_class, False)  # noqa: FBT003 - as above


def forget_errors() -> None:
    """Have libvips forget what it warned of in one source, before it says what is wrong with another."""
    pyvips.vips_lib.vips_error_clear()


def warm_up() -> None:
    """Have every encoder work once, so that the first task is as fast as the next."""
    black = Picture((pyvips.Image.black(16, 16, bands=3).copy(interpretation="srgb"),))
    small = resize(black, Size(8, 8))
    for output in OutputFormat:
        encode(small, output, Transformation(width=small.size.width))
