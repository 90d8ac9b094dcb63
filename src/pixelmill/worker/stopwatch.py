"""How long each stage of one execution took."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Literal

from pixelmill.domain.task import Timings
from pixelmill.telemetry import metrics

TimedStage = Literal["fetch", "transform", "store"]

_MILLISECONDS = 1000


class Stopwatch:
    """Measures the stages of one execution, for its task and for the metrics.

    Args:
        queued_seconds: How long the task had waited before.
    """

    def __init__(self, queued_seconds: float) -> None:
        # The clocks of two hosts differ a little.
        self._seconds: dict[str, float] = {"queued": max(0.0, queued_seconds)}

    @contextmanager
    def time(self, stage: TimedStage) -> Iterator[None]:
        """Measure a stage, also one that fails."""
        start = perf_counter()
        try:
            yield
        finally:
            self._seconds[stage] = perf_counter() - start
            metrics.stage_seconds.labels(stage).observe(self._seconds[stage])

    @property
    def timings_ms(self) -> Timings:
        """What was measured so far."""
        return Timings(**{name: round(seconds * _MILLISECONDS, 1) for name, seconds in self._seconds.items()})
