"""The service at a glance, for those who run it: counted once a second, however many look."""

import threading
import time
from typing import Final

from pixelmill.api.tasks import Tasks
from pixelmill.audit.trail import Trail
from pixelmill.domain.errors import TrailUnavailable
from pixelmill.domain.overview import Lately, Overview

FRESH_SECONDS: Final = 1.0
"""How long an overview is shown to all who ask."""

CALL_SECONDS: Final = 2.0
"""How long each question to the queue may take."""


class Overviews:
    """Makes overviews, from any thread.

    Args:
        tasks: Counts what is in the queue.
        trail: Knows how tasks fared.
    """

    def __init__(self, tasks: Tasks, trail: Trail) -> None:
        self._tasks = tasks
        self._trail = trail
        self._lock = threading.Lock()
        self._made: Overview | None = None
        self._made_at = 0.0

    def latest(self) -> Overview:
        """An overview that is at most a second old.

        Raises:
            QueueUnavailable: Redis does not answer.
        """
        with self._lock:
            if self._made is None or time.monotonic() - self._made_at >= FRESH_SECONDS:
                self._made, self._made_at = self._make(), time.monotonic()
            return self._made

    def _make(self) -> Overview:
        depth = self._tasks.depth(CALL_SECONDS)
        return Overview(
            queue=depth.counts,
            oldest_waiting_seconds=round(depth.oldest_waiting_seconds, 1),
            ended_last_minute=self._tasks.count_ended_lately(CALL_SECONDS),
            workers=self._tasks.workers(CALL_SECONDS),
            dead_letters=self._tasks.count_dead_letters(CALL_SECONDS),
            lately=self._lately(),
        )

    def _lately(self) -> Lately | None:
        try:
            return self._trail.lately()
        except TrailUnavailable:
            return None
