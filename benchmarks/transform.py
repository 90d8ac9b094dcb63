"""Transform alone: sources of every format and size, beside libvips' own `thumbnail` and the peers' servers.

The two loops read the source from a file. The peers are servers and download it from loopback, which costs them 1 to
3 ms of what is shown.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from benchmarks.contenders.contender import Contender
from benchmarks.contenders.field import missing, opened, transform_alone
from benchmarks.measuring import Measured, Measuring
from benchmarks.origin import Origin, running_origin
from benchmarks.plots import grouped_bars
from benchmarks.quality import Quality, References
from benchmarks.report import keep, show
from benchmarks.sources import source
from benchmarks.wanted import Output, Wanted

AT_ONCE: Final = 2
FLOOR: Final = "thumbnail"


@dataclass(frozen=True)
class Case:
    """One source made into one image.

    Attributes:
        kind: Of the source; see `benchmarks.sources`.
        size: Of the source.
        width: Of the result.
        output: Its format.
        images: How many are made in a round: fewer of what takes long.
    """

    kind: str
    size: str
    width: int
    output: Output
    images: int = 6

    @property
    def name(self) -> str:
        """What it is called in the table."""
        return f"{self.kind} {self.size} to {self.output} {self.width}"

    def wanted(self, origin: Origin) -> Wanted:
        """What the contenders are asked for."""
        made_of = source(self.kind, self.size)
        return Wanted(made_of, origin.url(made_of), self.width, self.output)


CASES: Final = (
    Case("jpeg", "0.3MP", 320, "jpeg", images=20),
    Case("jpeg", "1MP", 640, "jpeg", images=12),
    Case("jpeg", "6MP", 720, "jpeg"),
    Case("jpeg", "12MP", 300, "jpeg"),
    Case("jpeg", "12MP", 1024, "jpeg"),
    Case("jpeg", "24MP", 1600, "jpeg", images=4),
    Case("jpeg", "48MP", 1920, "jpeg", images=4),
    Case("progressive", "12MP", 1024, "jpeg", images=4),
    Case("png", "6MP", 720, "png", images=4),
    Case("webp", "6MP", 720, "webp", images=4),
    Case("avif", "6MP", 720, "jpeg", images=4),
    Case("jpeg", "12MP", 1024, "webp", images=4),
    Case("jpeg", "1MP", 480, "avif", images=2),
)


async def transform(rounds: int) -> None:
    """Measure and report.

    Args:
        rounds: How often each contender gets each case.
    """
    with running_origin() as origin:
        wanted = {case: case.wanted(origin) for case in CASES}
        async with opened(transform_alone()) as contenders:
            measured = {case: await _measure(contenders, [each] * case.images, rounds) for case, each in wanted.items()}
            qualities = {case: await _qualities(contenders, each) for case, each in wanted.items()}
    _report(measured, qualities)


async def _measure(contenders: Sequence[Contender], wanted: Sequence[Wanted], rounds: int) -> list[Measured]:
    measuring = [Measuring(contender, settle_seconds=0) for contender in contenders]
    for number in range(rounds + 1):
        for each in measuring:
            await (each.round(wanted, AT_ONCE) if number else each.warm_up(wanted[:AT_ONCE], AT_ONCE))
    return [each.measured for each in measuring]


async def _qualities(contenders: Sequence[Contender], wanted: Wanted) -> dict[str, Quality]:
    references = References()
    made = {contender.name: await contender.make(wanted) for contender in contenders}
    return {name: await asyncio.to_thread(references.quality, wanted.source, content) for name, content in made.items()}


def _report(measured: Mapping[Case, list[Measured]], qualities: Mapping[Case, dict[str, Quality]]) -> None:
    names = [each.name for each in next(iter(measured.values()))]
    times = {case: {each.name: each.cpu_ms for each in contenders} for case, contenders in measured.items()}
    columns = ("", *names, f"transform vs {FLOOR}")
    rows = [
        (case.name, *(f"{ms[name]:.1f}" for name in names), f"{ms['transform'] / ms[FLOOR]:.2f}")
        for case, ms in times.items()
    ]
    show("CPU milliseconds per image; medians of the rounds", columns, rows)
    rows = [(case.name, *(f"{each[name].ssimulacra2:.1f}" for name in names)) for case, each in qualities.items()]
    show("SSIMULACRA 2", columns[:-1], rows)
    keep(
        "transform",
        {"missing": missing(), "cases": {case.name: _figures(times[case], qualities[case]) for case in times}},
    )
    grouped_bars("transform", "Transform alone", "CPU ms per image", {case.name: ms for case, ms in times.items()})


def _figures(times: Mapping[str, float], qualities: Mapping[str, Quality]) -> dict[str, Any]:
    return {name: {"cpu_ms_per_image": round(ms, 2)} | asdict(qualities[name]) for name, ms in times.items()}
