"""The trail grows with every task: rows that are older than it is kept go, a batch at a time."""

import asyncio
from datetime import datetime, timedelta
from typing import Final

import structlog

from pixelmill.audit.retention import BATCH_ROWS, TrailRetention
from pixelmill.settings import AuditSettings
from pixelmill.telemetry import metrics

PAUSE_SECONDS: Final = 0.2
"""Between two batches: the trail is written and read meanwhile."""

_log = structlog.get_logger()


class OldTrail:
    """Removes old rows of the trail.

    Args:
        retention: Removes them.
        settings: How long they are kept.
    """

    def __init__(self, retention: TrailRetention, settings: AuditSettings) -> None:
        self._retention = retention
        self._kept = timedelta(days=settings.retention_days)

    async def remove(self, now: datetime) -> int:
        """Remove all that are old by then; returns how many.

        Raises:
            TrailUnavailable: Postgres does not answer; the rest goes the next time.
        """
        removed, rows = 0, BATCH_ROWS
        while self._kept and rows == BATCH_ROWS:
            rows = await asyncio.to_thread(self._retention.remove_batch, now - self._kept)
            metrics.audit_rows_removed.inc(rows)
            removed += rows
            await asyncio.sleep(PAUSE_SECONDS)
        if removed:
            _log.info("old_trail_removed", rows=removed)
        return removed
