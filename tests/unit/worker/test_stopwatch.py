"""How long each stage took: in the task, and in the metrics."""

import pytest

from pixelmill.domain.task import Timings
from pixelmill.telemetry import metrics
from pixelmill.worker.stopwatch import Stopwatch


def test_each_stage_is_measured() -> None:
    """What was not reached has no time; waiting is part of the picture."""
    stopwatch = Stopwatch(queued_seconds=1.5)
    with stopwatch.time("fetch"):
        pass
    assert stopwatch.timings_ms.queued == 1500.0
    assert stopwatch.timings_ms.fetch is not None
    assert 0 <= stopwatch.timings_ms.fetch < 100
    assert stopwatch.timings_ms.transform is None


def test_a_stage_that_fails_is_measured_too() -> None:
    """A slow failure is as interesting as a slow success."""
    seconds = metrics.stage_seconds.labels("transform")
    before = seconds._sum.get()
    stopwatch = Stopwatch(0)
    with pytest.raises(ZeroDivisionError), stopwatch.time("transform"):
        raise ZeroDivisionError
    assert stopwatch.timings_ms.transform is not None
    assert seconds._sum.get() > before


def test_clocks_that_differ_give_no_negative_time() -> None:
    """The api's clock may be ahead of the worker's."""
    assert Stopwatch(queued_seconds=-0.2).timings_ms == Timings(queued=0.0)
