"""What the board reckons from snapshots: rates and times. No I/O."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median, quantiles
from typing import Final

from pixelmill.cli.board.snapshot import RECENT_TASKS, Snapshot
from pixelmill.domain.task import Status, Task

WINDOW_SECONDS: Final = 60.0
"""Rates are those of the last minute, or of as much of it as the recent tasks go back."""

STAGES: Final = ("queued", "fetch", "transform", "store")

_PERCENTILES: Final = 20


@dataclass(frozen=True)
class StageTimes:
    """How long a stage took, in milliseconds."""

    median: float
    p95: float


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What was reckoned; None where nothing is known.

    Attributes:
        submitted_per_second: By outcome, since the snapshot before.
        ended_per_second: Of whatever end.
        failed_per_second: Those among them that failed.
        stages_ms: How long each stage of recent tasks took.
    """

    submitted_per_second: Mapping[str, float] | None
    ended_per_second: float | None
    failed_per_second: float | None
    stages_ms: Mapping[str, StageTimes]


def reckon(now: Snapshot, before: Snapshot | None) -> Figures:
    """The figures of a snapshot; `before` is the one before it, if there was one."""
    recent = now.recent or []
    failed = [task for task in recent if task.status is Status.FAILED]
    seconds = _known_seconds(recent, now.time)
    return Figures(
        submitted_per_second=_submitted(now, before) if before else None,
        ended_per_second=None if now.recent is None else _count(recent, now.time) / seconds,
        failed_per_second=None if now.recent is None else _count(failed, now.time) / seconds,
        stages_ms=_stages(recent),
    )


def _submitted(now: Snapshot, before: Snapshot) -> dict[str, float] | None:
    if now.submissions is None or before.submissions is None:
        return None
    seconds = (now.time - before.time).total_seconds()
    # An api that was started anew counts from 0 again.
    return {
        outcome: max(0.0, count - before.submissions.get(outcome, 0.0)) / seconds
        for outcome, count in now.submissions.items()
    }


def _known_seconds(recent: Sequence[Task], now: datetime) -> float:
    """How long ago the first of the recent tasks was accepted, up to the window: what came before is not known."""
    if len(recent) < RECENT_TASKS:
        return WINDOW_SECONDS
    return min(WINDOW_SECONDS, max(1.0, (now - recent[-1].queued_at).total_seconds()))


def _count(tasks: Sequence[Task], now: datetime) -> int:
    """How many have ended within the window."""
    ends = [task.finished_at for task in tasks if task.finished_at is not None]
    return sum((now - end).total_seconds() <= WINDOW_SECONDS for end in ends)


def _stages(tasks: Sequence[Task]) -> dict[str, StageTimes]:
    timings = [task.timings_ms for task in tasks if task.timings_ms is not None]
    times = {stage: [value for each in timings if (value := getattr(each, stage)) is not None] for stage in STAGES}
    return {stage: StageTimes(median(values), _p95(values)) for stage, values in times.items() if values}


def _p95(values: Sequence[float]) -> float:
    return quantiles(values, n=_PERCENTILES, method="inclusive")[-1] if len(values) > 1 else values[0]
