"""Throughput: the whole service, JPEG to JPEG, on a mix of 6 and 12 megapixels, beside the floor and the peers."""

import asyncio
import itertools
import random
from collections.abc import Sequence
from statistics import median
from typing import Final

from benchmarks.contenders.contender import Contender
from benchmarks.contenders.field import opened, whole_service
from benchmarks.contenders.pixelmill import Service
from benchmarks.load import load
from benchmarks.measuring import MILLISECONDS, SETTLE_SECONDS, Measuring
from benchmarks.meter import Meter
from benchmarks.origin import Origin, running_origin
from benchmarks.quality import Quality, References, mean_quality
from benchmarks.sources import mix
from benchmarks.throughput_report import FiveWidths, report
from benchmarks.wanted import QUALITY, Wanted

EACH: Final = 12
"""Sources of 6 megapixels in the mix, and of 12."""

WIDTHS: Final = range(320, 1320)
QUALITY_IMAGES: Final = 8
FIVE_WIDTHS: Final = (1920, 1280, 960, 640, 320)
FIVE_WIDTHS_SOURCES: Final = 6


async def throughput(rounds: int, concurrency: int) -> None:
    """Measure and report.

    Args:
        rounds: How often each contender gets the mix.
        concurrency: Requests at once.
    """
    with running_origin() as origin:
        work = _Work(origin)
        async with opened(whole_service(origin)) as contenders:
            measuring = [Measuring(contender) for contender in contenders]
            for number in range(rounds + 1):
                wanted = work.mix()
                for each in measuring:
                    await (each.round(wanted, concurrency) if number else each.warm_up(wanted, concurrency))
            asked = work.mix()[:QUALITY_IMAGES]
            qualities = {each.name: await _quality(each, asked) for each in contenders}
            ours = next(each for each in contenders if isinstance(each, Service))
            five_widths = await _five_widths(ours, work, rounds, concurrency)
    report([each.measured for each in measuring], qualities, five_widths, concurrency)


class _Work:
    """What is asked for, in editions that no cache knows."""

    def __init__(self, origin: Origin) -> None:
        self._origin = origin
        self._sources = mix(EACH)
        self._widths = random.Random(1)
        self._editions = itertools.count()

    def mix(self) -> list[Wanted]:
        """The whole mix, each source at another width."""
        edition, widths = next(self._editions), self._widths.sample(WIDTHS, len(self._sources))
        pairs = zip(self._sources, widths, strict=True)
        return [Wanted(source, self._origin.url(source, edition), width, "jpeg") for source, width in pairs]

    def urls(self, count: int) -> list[str]:
        """The first sources."""
        edition = next(self._editions)
        return [self._origin.url(source, edition) for source in self._sources[:count]]


async def _quality(contender: Contender, wanted: Sequence[Wanted]) -> Quality:
    references = References()
    return mean_quality([references.quality(each.source, await contender.make(each)) for each in wanted])


async def _five_widths(ours: Service, work: _Work, rounds: int, concurrency: int) -> FiveWidths:
    meter, together, apart = Meter(ours.roles), list[float](), list[float]()

    async def cpu_ms(bodies: Sequence[dict[str, object]]) -> float:
        before = sum(meter.cpu_seconds().values())
        await load(ours.complete, bodies, concurrency)
        await asyncio.sleep(SETTLE_SECONDS)
        return (sum(meter.cpu_seconds().values()) - before) * MILLISECONDS / FIVE_WIDTHS_SOURCES

    variants = {f"w{width}": _jpeg(width) for width in FIVE_WIDTHS}
    for _ in range(rounds):
        urls = work.urls(FIVE_WIDTHS_SOURCES)
        together.append(await cpu_ms([{"image_url": url, "variants": variants} for url in urls]))
        apart.append(await cpu_ms([{"image_url": url, "parameters": _jpeg(w)} for url in urls for w in FIVE_WIDTHS]))
    return FiveWidths(median(together), median(apart))


def _jpeg(width: int) -> dict[str, object]:
    return {"width": width, "format": "jpeg", "quality": QUALITY["jpeg"]}
