"""Rounds: every contender in turn has the same work, again and again, so that what disturbs one disturbs all."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median, quantiles
from typing import Final

from benchmarks.contenders.contender import Contender
from benchmarks.load import Answered, load
from benchmarks.meter import Memory, Meter
from benchmarks.wanted import Wanted

SETTLE_SECONDS: Final = 0.7
"""Pause at the end of each round, inside its measurement: the trail is written in batches of half a second."""

LOOK_SECONDS: Final = 1.0
"""How often processes are looked at, so that those that end are counted."""

MILLISECONDS: Final = 1000


@dataclass(frozen=True)
class Round:
    """One round of one contender: CPU milliseconds per image by role, and what the load saw."""

    cpu_ms: dict[str, float]
    answered: Answered

    @property
    def total_ms(self) -> float:
        """CPU milliseconds per image of all roles."""
        return sum(self.cpu_ms.values())

    @property
    def images_per_second(self) -> float:
        """Throughput."""
        return len(self.answered.latencies_seconds) / self.answered.seconds


@dataclass
class Measured:
    """All rounds of one contender."""

    name: str
    rounds: list[Round] = field(default_factory=list)
    memory: dict[str, Memory] = field(default_factory=dict)

    @property
    def cpu_ms(self) -> float:
        """CPU milliseconds per image: the median of the rounds."""
        return median(each.total_ms for each in self.rounds)

    @property
    def best_cpu_ms(self) -> float:
        """The least of all rounds: closest to what an idle machine would show."""
        return min(each.total_ms for each in self.rounds)

    def cpu_ms_of(self, role: str) -> float:
        """As `cpu_ms`, of one role."""
        return median(each.cpu_ms.get(role, 0.0) for each in self.rounds)

    @property
    def images_per_second(self) -> float:
        """Median of the rounds."""
        return median(each.images_per_second for each in self.rounds)

    def latency_ms(self, percent: int) -> float:
        """A percentile of all requests of all rounds."""
        seconds = [latency for each in self.rounds for latency in each.answered.latencies_seconds]
        return quantiles(seconds, n=100, method="inclusive")[percent - 1] * MILLISECONDS


class Measuring:
    """Measures one contender, round by round.

    Args:
        contender: Who is measured.
        settle_seconds: Pause at the end of each round.
        name: What is shown, if not the contender's name.
    """

    def __init__(self, contender: Contender, settle_seconds: float = SETTLE_SECONDS, name: str | None = None) -> None:
        self._contender = contender
        self._settle_seconds = settle_seconds
        self._meter = Meter(contender.roles)
        self.measured = Measured(name or contender.name)

    async def warm_up(self, wanted: Sequence[Wanted], concurrency: int) -> None:
        """Work that is not measured."""
        await load(self._contender.make, wanted, concurrency)

    async def round(self, wanted: Sequence[Wanted], concurrency: int) -> None:
        """Work that is."""
        before = self._meter.cpu_seconds()
        looking = asyncio.create_task(self._look())
        answered = await load(self._contender.make, wanted, concurrency)
        await asyncio.sleep(self._settle_seconds)
        looking.cancel()
        after = self._meter.cpu_seconds()
        cpu_ms = {
            role: (seconds - before.get(role, 0.0)) * MILLISECONDS / len(wanted) for role, seconds in after.items()
        }
        self.measured.rounds.append(Round(cpu_ms, answered))
        self.measured.memory = self._meter.memory()

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            self._meter.cpu_seconds()
