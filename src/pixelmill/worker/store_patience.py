"""What a worker does while the store is away, full or read-only: what it has goes back, and it takes little more.

Trying again costs a download and a transform each time, and uses up no attempt: it is not the task's fault.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Final

from pixelmill.domain.task import Work

FIRST_PAUSE_SECONDS: Final = 2.0
LONGEST_PAUSE_SECONDS: Final = 60.0
"""How long the service may go on standing still when the store is back."""

LONGEST_WAIT: Final = timedelta(days=1)
"""A task that has waited for so long fails as any other: nobody is at the disk."""


class StorePatience:
    """Pauses that grow while the store fails.

    Args:
        clock: Seconds that only grow.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._pause_seconds = 0.0
        self._ends_at = 0.0

    @property
    def is_holding(self) -> bool:
        """Whether to take no task now."""
        return self._clock() < self._ends_at

    def lasts_for(self, work: Work) -> bool:
        """Whether a task may wait for the store."""
        return datetime.now(UTC) - work.queued_at < LONGEST_WAIT

    def store_failed(self) -> float:
        """Pause, longer than the last time; returns for how many seconds. Tasks that fail together pause together."""
        if not self.is_holding:
            self._pause_seconds = min(LONGEST_PAUSE_SECONDS, max(FIRST_PAUSE_SECONDS, self._pause_seconds * 2))
            self._ends_at = self._clock() + self._pause_seconds
        return self._ends_at - self._clock()

    def store_works(self) -> None:
        """Go on as usual."""
        self._pause_seconds = self._ends_at = 0.0
