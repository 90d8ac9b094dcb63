"""How tasks fared is summed up without a database."""

from dataclasses import dataclass

import pytest

from pixelmill.audit.lately import lately_of
from pixelmill.domain.overview import Lately, Spread


@dataclass
class Told:
    """What the trail has of one task."""

    timings: dict[str, float] | None = None
    code: str | None = None


def test_nothing_happened() -> None:
    """Zero and empty, not an error."""
    assert lately_of([]) == Lately(tasks=0, failures={}, stages_ms={})


def test_failures_are_counted_by_code() -> None:
    """The most frequent first."""
    told = [Told(code="canceled"), Told(code="source_timeout"), Told(code="source_timeout"), Told(timings={})]

    lately = lately_of(told)

    assert (lately.tasks, list(lately.failures.items())) == (4, [("source_timeout", 2), ("canceled", 1)])


@pytest.mark.parametrize(
    ("values", "spread"),
    [
        ([7.0], Spread(p50=7, p95=7)),
        ([10.0, 20.0], Spread(p50=15, p95=19.5)),
        (list(range(101)), Spread(p50=50, p95=95)),
    ],
)
def test_stages_have_a_spread(values: list[float], spread: Spread) -> None:
    """Of the tasks that had the stage; what was skipped is not there."""
    told = [Told(timings={"transform": value}) for value in values]

    assert lately_of([*told, Told(timings={"queued": 1.0})]).stages_ms["transform"] == spread
    assert "fetch" not in lately_of(told).stages_ms
