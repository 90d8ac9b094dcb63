"""Encoders: bytes and CPU time for the same likeness, by effort, on photographs that were resized and not yet encoded.

Every effort is run at several qualities; between them, bytes and time are interpolated at one SSIMULACRA 2, so that
encoders with scales of their own can be compared.
"""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import groupby
from statistics import mean
from typing import Any, Final

os.environ["VIPS_CONCURRENCY"] = "1"  # before libvips is loaded

import io

import numpy as np
import pyvips
from PIL import Image
from ssimulacra2 import compute_ssimulacra2

from benchmarks.pictures import photographs
from benchmarks.plots import curves
from benchmarks.report import keep, show
from tests.support.images import Pixels

TARGET: Final = 70.0
"""The SSIMULACRA 2 that is compared at: high quality, about a JPEG of quality 70."""

MEGAPIXEL: Final = 1_000_000
_SAVERS: Final = {
    "JPEG": "jpegsave_buffer",
    "WebP": "webpsave_buffer",
    "AVIF": "heifsave_buffer",
}


@dataclass(frozen=True, eq=False)
class Setting:
    """An encoder at an effort, over qualities around the one that gives the target.

    Attributes:
        encoder: Its name.
        effort: As it is asked for.
        options: libvips' options but for the quality.
        qualities: In ascending order.
    """

    encoder: str
    effort: str
    options: dict[str, Any]
    qualities: tuple[int, ...]

    @property
    def name(self) -> str:
        """What it is called in the table."""
        return f"{self.encoder} {self.effort}"


@dataclass(frozen=True)
class Point:
    """What a quality costs and gives, as means over the photographs."""

    quality: int
    ms_per_megapixel: float
    bytes_per_pixel: float
    ssimulacra2: float


_JPEG_QUALITIES: Final = (60, 70, 80)
_WEBP_QUALITIES: Final = (65, 75, 85)
_AVIF_QUALITIES: Final = (50, 60, 70)

SETTINGS: Final = (
    Setting("JPEG", "plain", {}, _JPEG_QUALITIES),
    Setting("JPEG", "optimized coding", {"optimize_coding": True}, _JPEG_QUALITIES),
    Setting("JPEG", "progressive", {"interlace": True, "optimize_coding": True}, _JPEG_QUALITIES),
    *(Setting("WebP", f"effort {effort}", {"effort": effort}, _WEBP_QUALITIES) for effort in (0, 1, 2, 3, 4, 6)),
    *(
        Setting("AVIF", f"effort {effort}", {"compression": "av1", "effort": effort}, _AVIF_QUALITIES)
        for effort in (0, 1, 2, 3, 4)
    ),
)


def encoders(rounds: int) -> None:
    """Measure and report; the least time of all rounds counts."""
    pyvips.cache_set_max(0)
    pictures = [_Picture(pixels) for pixels in photographs()]
    points = {
        setting: [_point(setting, quality, pictures, rounds) for quality in setting.qualities] for setting in SETTINGS
    }
    at_target = {setting: _at_target(found) for setting, found in points.items()}
    _report(points, at_target)


class _Picture:
    """A photograph, as libvips' image and as the file that likeness is measured against."""

    def __init__(self, pixels: Pixels) -> None:
        height, width, bands = pixels.shape
        contiguous = np.ascontiguousarray(pixels)
        image = pyvips.Image.new_from_memory(contiguous.data, width, height, bands, "uchar")
        self.image = image.copy(interpretation="srgb").copy_memory()
        self.pixels = width * height
        self._reference = Image.fromarray(pixels)

    def ssimulacra2(self, content: bytes) -> float:
        """Likeness of an encoded picture."""
        reference = io.BytesIO()
        self._reference.save(reference, "BMP")
        return float(compute_ssimulacra2(reference, io.BytesIO(content)))


def _point(setting: Setting, quality: int, pictures: Sequence[_Picture], rounds: int) -> Point:
    options = {"Q": quality, "keep": "none", **setting.options}
    costs, sizes, scores = [], [], []
    for picture in pictures:
        save = partial(pyvips.Operation.call, _SAVERS[setting.encoder], picture.image, **options)
        seconds, content = _fastest(save, rounds)
        costs.append(seconds * 1000 * MEGAPIXEL / picture.pixels)
        sizes.append(len(content) / picture.pixels)
        scores.append(picture.ssimulacra2(content))
    return Point(quality, mean(costs), mean(sizes), mean(scores))


def _fastest(encode: Callable[[], bytes], rounds: int) -> tuple[float, bytes]:
    best, content = float("inf"), b""
    for _ in range(rounds):
        started = time.process_time()
        content = encode()
        best = min(best, time.process_time() - started)
    return best, content


def _at_target(points: Sequence[Point]) -> Point:
    scores = [point.ssimulacra2 for point in points]
    by_name = {
        name: [getattr(point, name) for point in points] for name in ("quality", "ms_per_megapixel", "bytes_per_pixel")
    }
    found = {name: float(np.interp(TARGET, scores, values)) for name, values in by_name.items()}
    return Point(round(found["quality"]), found["ms_per_megapixel"], found["bytes_per_pixel"], TARGET)


def _report(points: Mapping[Setting, list[Point]], at_target: Mapping[Setting, Point]) -> None:
    rows = [
        (setting.name, str(point.quality), f"{point.ms_per_megapixel:.1f}", f"{point.bytes_per_pixel:.4f}")
        for setting, point in at_target.items()
    ]
    show(f"At SSIMULACRA 2 of {TARGET:g}", ("", "quality", "ms/MP", "bytes/pixel"), rows)
    keep(
        "encoders",
        {
            "target_ssimulacra2": TARGET,
            "settings": {
                setting.name: {"at_target": asdict(at_target[setting]), "points": [asdict(point) for point in found]}
                for setting, found in points.items()
            },
        },
    )
    lines = {
        encoder: [(point.ms_per_megapixel, point.bytes_per_pixel) for _, point in group]
        for encoder, group in groupby(at_target.items(), key=lambda item: item[0].encoder)
    }
    axes = ("CPU ms per megapixel", "bytes per pixel")
    curves("encoders", f"What effort buys, at SSIMULACRA 2 of {TARGET:g}", axes, lines)
