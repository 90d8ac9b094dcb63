"""Hostile files of every format, made here: nothing binary is kept.

A case says how its file is made, and how the order for it has to end.
"""

from pixelmill.domain.source import ImageFormat
from tests.support.hostile import avif, gif, jpeg, png, tiff, webp
from tests.support.hostile.case import Case

CASES: dict[ImageFormat, list[Case]] = {
    ImageFormat.JPEG: jpeg.CASES,
    ImageFormat.PNG: png.CASES,
    ImageFormat.WEBP: webp.CASES,
    ImageFormat.AVIF: avif.CASES,
    ImageFormat.GIF: gif.CASES,
    ImageFormat.TIFF: tiff.CASES,
}
