"""The fuzz: mutated images of every format through the real sandbox, as many as asked for.

`./run fuzz [COUNT] [--seed SEED] [--first NUMBER]` counts how they end, and names each that killed its child. The same
seed and number make the same mutant again: `./run fuzz 1 --seed SEED --first NUMBER`.
"""

import argparse
import asyncio
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from rich.console import Console
from rich.table import Table

from pixelmill.domain.errors import PixelmillError, TaskError
from pixelmill.domain.source import ImageFormat
from pixelmill.fetch.sniff import sniff
from pixelmill.settings import TransformSettings
from pixelmill.telemetry import metrics
from pixelmill.telemetry.logs import configure_logs
from pixelmill.transform.child_handle import Reason
from pixelmill.transform.order import Order
from pixelmill.transform.sandbox import Sandbox
from tests.support.mutants import mutant

DEFAULT_COUNT: Final = 10_000
MADE: Final = "made"
ALLOWED: Final = frozenset(
    {
        MADE,
        "corrupt_image",
        "unsupported_format",
        "too_many_pixels",
        "impossible_transformation",
        "transform_timeout",
        "transform_crashed",
    }
)
"""How an order for any file may end."""

DEADLINE_SECONDS: Final = 30.0
FEEDERS: Final = 8
"""Orders that wait or run: more than there are children."""
DEATHS: Final[tuple[Reason, ...]] = ("crashed", "memory", "timeout")


@dataclass
class Report:
    """What came of the mutants."""

    ends: Counter[tuple[ImageFormat, str]] = field(default_factory=Counter)
    deaths: Counter[str] = field(default_factory=Counter)
    notable: dict[int, str] = field(default_factory=dict)
    seconds: float = 0.0


async def fuzz(count: int, *, seed: int, first: int = 0) -> Report:
    """Put mutants through a sandbox of one child a core; those of every other round through one that takes damage.

    Args:
        count: How many.
        seed: Of the mutants.
        first: The number of the first one.
    """
    report, started = Report(), time.monotonic()
    numbers = range(first, first + count)
    with counted(report.deaths):
        for is_lenient in (False, True):
            its_own = [number for number in numbers if number // len(ImageFormat) % 2 == is_lenient]
            settings = TransformSettings(timeout_seconds=DEADLINE_SECONDS, allow_truncated=is_lenient)
            await feed_all(settings, seed, its_own, report)
    report.seconds = time.monotonic() - started
    return report


async def feed_all(settings: TransformSettings, seed: int, numbers: list[int], report: Report) -> None:
    with TemporaryDirectory(prefix="pixelmill-fuzz-") as folder:
        left = iter(numbers)
        async with Sandbox(settings, Path(folder)) as sandbox, asyncio.TaskGroup() as feeders:
            for _ in range(FEEDERS):
                feeders.create_task(feed(sandbox, Path(folder), seed, left, report))


async def feed(sandbox: Sandbox, folder: Path, seed: int, numbers: Iterator[int], report: Report) -> None:
    for number in numbers:
        each = mutant(seed, number)
        place = folder / str(number)
        place.mkdir()
        (place / "source").write_bytes(each.content)
        order = Order(
            source_path=place / "source", format=each.image_format, scratch_dir=place, variants={"image": each.asked}
        )
        end = await end_of(sandbox, order)
        report.ends[each.image_format, end] += 1
        if end not in ALLOWED or end.startswith("transform"):
            report.notable[number] = f"{each.image_format.value}: {end}"
        for path in place.iterdir():
            path.unlink()
        place.rmdir()


async def end_of(sandbox: Sandbox, order: Order) -> str:
    try:
        [end] = (await sandbox.transform(order)).variants.values()
    except PixelmillError as error:
        return error.code
    if isinstance(end, TaskError):
        return end.code
    content = end.path.read_bytes()
    return MADE if content and sniff(content).value == end.format.value else "made of nonsense"


@contextmanager
def counted(deaths: Counter[str]) -> Iterator[None]:
    before = {reason: killed(reason) for reason in DEATHS}
    yield
    for reason in DEATHS:
        deaths[reason] += killed(reason) - before[reason]


def killed(reason: Reason) -> int:
    return int(metrics.children_killed.labels(reason=reason)._value.get())


def show(report: Report, seed: int) -> None:
    codes = sorted({code for _, code in report.ends})
    table = Table("format", *codes, "in all", title=f"{report.ends.total():,} mutants of seed {seed}")
    for image_format in ImageFormat:
        counts = [report.ends[image_format, code] for code in codes]
        table.add_row(image_format.value, *map(str, counts), str(sum(counts)))
    console = Console()
    console.print(table)
    deaths = ", ".join(f"{count} {reason}" for reason, count in report.deaths.items() if count) or "none"
    console.print(f"{report.seconds:.0f} s; children that died: {deaths}")
    for number, what in sorted(report.notable.items()):
        console.print(f"  number {number}, {what}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="./run fuzz")
    parser.add_argument("count", nargs="?", type=int, default=DEFAULT_COUNT)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0)
    asked = parser.parse_args()
    configure_logs(role="fuzz", level="warning", log_format="console")
    report = asyncio.run(fuzz(asked.count, seed=asked.seed, first=asked.first))
    show(report, asked.seed)
    sys.exit(any(code not in ALLOWED for _, code in report.ends))


if __name__ == "__main__":
    main()
