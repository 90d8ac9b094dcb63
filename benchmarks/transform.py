"""CPU time of transform beside libvips' own `thumbnail_buffer`, on the same sources in one interleaved run.

Run with `python -m benchmarks.transform [ROUNDS]` in an environment that has the worker and test extras. Both run in
this process, one thread each, and read and write the same files; the best of all rounds counts, so that other work on
the machine shows little.
"""

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

os.environ["VIPS_CONCURRENCY"] = "1"

import pyvips
from rich.console import Console
from rich.table import Table

from pixelmill.domain.source import ImageFormat
from pixelmill.domain.transformation import Transformation
from pixelmill.transform.guard import SourceLimits
from pixelmill.transform.order import Order
from pixelmill.transform.pipeline import fulfil
from tests.support.images import encode, photo
from tests.support.profiles import P3

LIMITS = SourceLimits(max_frame_pixels=64_000_000, max_total_pixels=128_000_000, max_frames=256)
FORMATS = {".jpg": ImageFormat.JPEG, ".png": ImageFormat.PNG, ".webp": ImageFormat.WEBP}
DEFAULT_ROUNDS = 7


@dataclass(frozen=True)
class Case:
    """One source made into one or more widths of its own format."""

    name: str
    source: Path
    widths: tuple[int, ...]

    def by_pixelmill(self) -> None:
        """Make every width in one order."""
        variants = {f"w{width}": Transformation(width=width) for width in self.widths}
        order = Order(
            source_path=self.source,
            format=FORMATS[self.source.suffix],
            scratch_dir=self.source.parent,
            variants=variants,
        )
        fulfil(order, LIMITS)

    def by_thumbnail(self) -> None:
        """Make every width by a thumbnail of its own, with the same encoder settings."""
        for width in self.widths:
            # Only a source with a profile is converted: for the others that would cost the floor time for nothing.
            options = {"export_profile": "srgb"} if "p3" in self.source.name else {}
            image = pyvips.Image.thumbnail_buffer(self.source.read_bytes(), width, height=10_000_000, **options)
            self.source.with_name(f"floor-{width}{self.source.suffix}").write_bytes(_encoded(image, self.source.suffix))


def main() -> None:
    """Measure every case and print the table."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT_ROUNDS
    pyvips.cache_set_max(0)
    table = Table("case", "pixelmill", "thumbnail", "ratio", title="CPU milliseconds per order")
    with TemporaryDirectory() as folder:
        for case in _cases(Path(folder)):
            ours, floor = _measure((case.by_pixelmill, case.by_thumbnail), rounds)
            table.add_row(case.name, f"{ours:.1f}", f"{floor:.1f}", f"{ours / floor:.2f}")
    Console().print(table)


def _measure(contenders: tuple[Callable[[], None], ...], rounds: int) -> list[float]:
    best = [float("inf")] * len(contenders)
    for _ in range(rounds):
        for index, contender in enumerate(contenders):
            started = time.process_time()
            contender()
            best[index] = min(best[index], (time.process_time() - started) * 1000)
    return best


def _cases(folder: Path) -> list[Case]:
    large, medium = photo(4032, 3024), photo(2725, 2225)
    sources = {
        "12mp.jpg": encode(large, "JPEG", quality=90),
        "12mp-p3.jpg": encode(large, "JPEG", quality=90, icc_profile=P3.profile),
        "12mp-progressive.jpg": encode(large, "JPEG", quality=90, progressive=True),
        "6mp.jpg": encode(medium, "JPEG", quality=90),
        "6mp.png": encode(medium, "PNG"),
        "6mp.webp": encode(medium, "WEBP", quality=85),
    }
    for name, content in sources.items():
        (folder / name).write_bytes(content)
    single = [("12mp.jpg", 1024), ("12mp.jpg", 300), ("6mp.jpg", 720), ("12mp-p3.jpg", 1024)]
    single += [("12mp-progressive.jpg", 1024), ("6mp.png", 720), ("6mp.webp", 720)]
    cases = [Case(f"{name} to {width}", folder / name, (width,)) for name, width in single]
    return [*cases, Case("12mp.jpg to five widths", folder / "12mp.jpg", (1920, 1280, 960, 640, 320))]


def _encoded(image: pyvips.Image, suffix: str) -> bytes:
    if suffix == ".jpg":
        return bytes(image.jpegsave_buffer(Q=80, keep="none"))
    if suffix == ".png":
        return bytes(image.pngsave_buffer(compression=6, filter="sub", keep="none"))
    return bytes(image.webpsave_buffer(Q=80, effort=2, keep="none"))


if __name__ == "__main__":
    main()
