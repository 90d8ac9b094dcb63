"""Memory: what the processes of the service hold while thousands of mixed tasks go through it.

Sources of all formats, one to three variants each, a tenth of them asked for twice, a tenth missing at the origin.
Results and sources live for half a minute, so that as much goes as comes. The first thousand tasks fill caches, pools
and heaps; from then on nothing should grow. What is followed is memory that is no file and shared with nobody:
Postgres fills the buffers that its processes share for as long as it is told to.
"""

import itertools
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import mean
from typing import Any, Final

from benchmarks.contenders.pixelmill import Service, service
from benchmarks.load import load
from benchmarks.meter import Meter
from benchmarks.origin import Origin, running_origin
from benchmarks.plots import curves
from benchmarks.report import MEBIBYTE, keep, show
from benchmarks.sources import source

WARM_TASKS: Final = 1000
STEP_TASKS: Final = 100
CONCURRENCY: Final = 12
SHARE_MISSING: Final = 0.1
SHARE_AGAIN: Final = 0.1
WIDTHS: Final = range(64, 960)
FORMATS: Final = ("source", "jpeg", "webp", "png")
MOST_VARIANTS: Final = 3

WINDOW_TASKS: Final = 500
"""What is compared are means over as many tasks: children come and go, and each is a little different."""

SOURCES: Final = (
    ("jpeg", "0.3MP"),
    ("jpeg", "1MP"),
    ("jpeg", "6MP"),
    ("progressive", "1MP"),
    ("png", "1MP"),
    ("webp", "1MP"),
    ("avif", "1MP"),
)

SETTINGS: Final = {
    "PIXELMILL_RESULT_LIFE_SECONDS": "30",
    "PIXELMILL_FETCH_CACHE_LIFE_SECONDS": "30",
    "PIXELMILL_CLEANUP_INTERVAL_SECONDS": "5",
}

Bytes = dict[str, int]
"""Own bytes by role."""


@dataclass(frozen=True)
class Sample:
    """Own memory after so many tasks."""

    tasks: int
    bytes_by_role: Bytes


@dataclass(frozen=True)
class _Growth:
    before_bytes: float
    after_bytes: float

    @property
    def percent(self) -> float:
        return (self.after_bytes / self.before_bytes - 1) * 100


async def memory(tasks: int) -> None:
    """Run the tasks, report how memory went."""
    with running_origin() as origin:
        async with service(origin, SETTINGS) as ours:
            samples = await _followed(ours, _bodies(origin), tasks)
    _report(samples)


async def _followed(ours: Service, bodies: Iterator[Mapping[str, Any]], tasks: int) -> list[Sample]:
    meter, samples = Meter(ours.roles), list[Sample]()
    for done in range(STEP_TASKS, tasks + 1, STEP_TASKS):
        await load(ours.submit, itertools.islice(bodies, STEP_TASKS), CONCURRENCY)
        samples.append(Sample(done, {role: each.own_bytes for role, each in meter.memory().items()}))
    return samples


def _bodies(origin: Origin) -> Iterator[dict[str, Any]]:
    chance = random.Random(1)
    sources = [source(kind, size) for kind, size in SOURCES]
    body: dict[str, Any] = {}
    for edition in itertools.count():
        if not body or chance.random() > SHARE_AGAIN:
            url = origin.url(chance.choice(sources), edition)
            body = {
                "image_url": url + ".gone" if chance.random() < SHARE_MISSING else url,
                "variants": _variants(chance),
            }
        yield body


def _variants(chance: random.Random) -> dict[str, Any]:
    return {
        f"variant-{number}": {"width": chance.choice(WIDTHS), "format": chance.choice(FORMATS)}
        for number in range(chance.randint(1, MOST_VARIANTS))
    }


def _report(samples: list[Sample]) -> None:
    first = [each.bytes_by_role for each in samples if WARM_TASKS <= each.tasks < WARM_TASKS + WINDOW_TASKS]
    last = [each.bytes_by_role for each in samples[-WINDOW_TASKS // STEP_TASKS :]]
    grown = {role: _Growth(_mean(first, role), _mean(last, role)) for role in samples[-1].bytes_by_role}
    rows = [
        (role, f"{each.before_bytes / MEBIBYTE:.1f}", f"{each.after_bytes / MEBIBYTE:.1f}", f"{each.percent:+.1f} %")
        for role, each in grown.items()
    ]
    title = f"Own MiB around task {WARM_TASKS} and at the end, task {samples[-1].tasks}"
    show(title, ("", "before", "after", "growth"), rows)
    keep(
        "memory",
        {
            "tasks": samples[-1].tasks,
            "growth_percent": {role: round(each.percent, 1) for role, each in grown.items()},
            "samples": [{"tasks": each.tasks} | each.bytes_by_role for each in samples],
        },
    )
    lines = {
        role: [(float(each.tasks), each.bytes_by_role.get(role, 0) / MEBIBYTE) for each in samples] for role in grown
    }
    curves("memory", "Memory over mixed tasks", ("tasks", "own MiB"), lines)


def _mean(samples: list[Bytes], role: str) -> float:
    return mean(each.get(role, 0) for each in samples)
