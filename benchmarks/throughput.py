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
KNOWN_EDITION: Final = 0
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
            ours = next(each for each in contenders if isinstance(each, Service))
            measuring = [Measuring(contender) for contender in contenders]
            again = Measuring(ours, name=f"{ours.name}, sources it knows")
            for number in range(rounds + 1):
                wanted = work.mix()
                for each in measuring:
                    await (each.round(wanted, concurrency) if number else each.warm_up(wanted, concurrency))
                known = work.known_mix()
                await (again.round(known, concurrency) if number else again.warm_up(known, concurrency))
            asked = work.mix()[:QUALITY_IMAGES]
            qualities = {each.name: await _quality(each, asked) for each in contenders}
            five_widths = await _five_widths(ours, work, rounds, concurrency)
    report([each.measured for each in (*measuring, again)], qualities, five_widths, concurrency)


class _Work:
    """What is asked for: no source twice at one width, so nothing is answered from a cache of results."""

    def __init__(self, origin: Origin) -> None:
        chance = random.Random(1)
        self._origin = origin
        self._sources = mix(EACH)
        self._widths = {source: iter(chance.sample(WIDTHS, len(WIDTHS))) for source in self._sources}
        self._editions = itertools.count(KNOWN_EDITION + 1)

    def mix(self) -> list[Wanted]:
        """The whole mix, as sources that no cache of sources knows."""
        return self._mix(next(self._editions))

    def known_mix(self) -> list[Wanted]:
        """The whole mix, as sources that are known from the second call on."""
        return self._mix(KNOWN_EDITION)

    def _mix(self, edition: int) -> list[Wanted]:
        return [
            Wanted(source, self._origin.url(source, edition), next(self._widths[source]), "jpeg")
            for source in self._sources
        ]

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
