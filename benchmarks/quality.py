"""How good an image is: beside the source resized from its full resolution with Lanczos, by Pillow, uncompressed.

Both measures decode with Pillow. SSIM is of the luma; SSIMULACRA 2 is 100 for no difference, 90 for one that cannot be
seen in a flicker test, 70 for high quality.
"""

import io
from dataclasses import dataclass
from statistics import mean

import numpy as np
import numpy.typing as npt
from PIL import Image
from skimage.metrics import structural_similarity
from ssimulacra2 import compute_ssimulacra2

from benchmarks.sources import Source


@dataclass(frozen=True)
class Quality:
    """Likeness to the reference."""

    ssim: float
    ssimulacra2: float


class References:
    """The reference of each source, at the sizes that are asked for."""

    def __init__(self) -> None:
        self._opened: dict[Source, Image.Image] = {}
        self._references: dict[tuple[Source, tuple[int, int]], Image.Image] = {}

    def quality(self, source: Source, content: bytes) -> Quality:
        """Compare a result with the source at the size of the result."""
        result = Image.open(io.BytesIO(content)).convert("RGB")
        reference = self._reference(source, result.size)
        ssim = structural_similarity(_luma(reference), _luma(result), data_range=255)
        return Quality(float(ssim), float(compute_ssimulacra2(_as_file(reference), _as_file(result))))

    def _reference(self, source: Source, size: tuple[int, int]) -> Image.Image:
        key = (source, size)
        if key not in self._references:
            if source not in self._opened:
                self._opened[source] = Image.open(source.path).convert("RGB")
            self._references[key] = self._opened[source].resize(size, Image.Resampling.LANCZOS)
        return self._references[key]


def mean_quality(qualities: list[Quality]) -> Quality:
    """The mean of each measure."""
    return Quality(mean(each.ssim for each in qualities), mean(each.ssimulacra2 for each in qualities))


def _luma(image: Image.Image) -> npt.NDArray[np.uint8]:
    return np.asarray(image.convert("L"))


def _as_file(image: Image.Image) -> io.BytesIO:
    file = io.BytesIO()
    image.save(file, "BMP")
    file.seek(0)
    return file
