"""How tasks fared lately: what they failed with, and how long each part of them took."""

from collections import Counter
from collections.abc import Sequence
from statistics import quantiles
from typing import Final, Protocol

from pixelmill.domain.overview import Lately, Spread
from pixelmill.domain.task import Timings

MAX_TASKS: Final = 500
"""Looked at for one answer: some milliseconds of Postgres' time."""

WINDOW_SECONDS: Final = 3600.0
"""What was accepted longer ago says nothing of now."""

_TWENTIETHS: Final = 20


class Fared(Protocol):
    """What the trail has to say of one task."""

    @property
    def timings(self) -> dict[str, float] | None:
        """`Timings` as JSON, of a completed task."""

    @property
    def code(self) -> str | None:
        """What it failed with."""


def lately_of(tasks: Sequence[Fared]) -> Lately:
    """Sum up tasks."""
    codes = Counter(task.code for task in tasks if task.code is not None)
    timings = [Timings.model_validate(task.timings) for task in tasks if task.timings is not None]
    stages = {
        stage: [value for each in timings if (value := getattr(each, stage)) is not None]
        for stage in Timings.model_fields
    }
    return Lately(
        tasks=len(tasks),
        failures=dict(codes.most_common()),
        stages_ms={stage: _spread(values) for stage, values in stages.items() if values},
    )


def _spread(values: list[float]) -> Spread:
    cuts = quantiles(values, n=_TWENTIETHS, method="inclusive") if len(values) > 1 else values * _TWENTIETHS
    return Spread(p50=round(cuts[_TWENTIETHS // 2 - 1], 1), p95=round(cuts[_TWENTIETHS - 2], 1))
