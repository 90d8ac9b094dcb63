"""Carries acceptances and ends from the stream to the trail, in batches, for as long as the worker lives.

At least once: an entry is removed only after Postgres has committed its row, and a row is written once however often
its entry is delivered. Postgres or Redis away: it waits, longer each time up to a limit, and catches up.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Final, TypeVar

import stamina
import structlog
from pydantic import ValidationError
from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from pixelmill.audit.inbox import Entry, Inbox
from pixelmill.audit.record import TrailRecord
from pixelmill.audit.rows import Placed, TrailRows
from pixelmill.audit.stream import ACCEPTANCE_FIELD, RECORD_FIELD
from pixelmill.domain.errors import TrailUnavailable
from pixelmill.domain.task import Work
from pixelmill.settings import AuditSettings
from pixelmill.telemetry import metrics

FIRST_PAUSE_SECONDS: Final = 0.25
LONGEST_PAUSE_SECONDS: Final = 5.0
"""How long after the end of an outage the trail may go on standing still."""

_Answer = TypeVar("_Answer")
_log = structlog.get_logger()


class TrailWriter:
    """Writes what `AuditStream` takes in. Any number may run; each entry goes to one of them.

    Args:
        redis: A client of the queue's server that decodes responses; it stays the caller's to close.
        settings: Where Postgres is, and how large a batch may be.

    Raises:
        SettingsError: The URL is not one of PostgreSQL.
    """

    def __init__(self, redis: Redis, settings: AuditSettings) -> None:
        self._inbox = Inbox(redis)
        self._rows = TrailRows(settings)
        self._batch_rows = settings.batch_rows
        self._batch_seconds = settings.batch_seconds

    async def run(self) -> None:
        """Write until canceled. What is not written then stays in Redis, for the next writer."""
        try:
            while True:
                entries = await _outlast(self._next_batch)
                if entries:
                    await _outlast(partial(self._write, entries))
        finally:
            self._rows.close()

    async def _next_batch(self) -> list[Entry]:
        metrics.audit_lag_entries.set(await self._inbox.count())
        try:
            return await self._inbox.abandoned(self._batch_rows) or await self._new_entries()
        except ResponseError as error:
            if not str(error).startswith("NOGROUP"):
                raise
            await self._inbox.open()  # the first start, or Redis was emptied
            return []

    async def _new_entries(self) -> list[Entry]:
        entries = await self._inbox.new(self._batch_rows, wait=True)
        if 0 < len(entries) < self._batch_rows:
            await asyncio.sleep(self._batch_seconds)  # a commit for each would cost Postgres more than the rows do
            entries += await self._inbox.new(self._batch_rows - len(entries), wait=False)
        return entries

    async def _write(self, entries: list[Entry]) -> None:
        records, refused = _read(entries)
        try:
            written = await asyncio.to_thread(self._rows.put, records)
        except TrailUnavailable:
            metrics.audit_failures.inc()
            metrics.audit_lag_entries.set(await self._inbox.count())
            raise
        metrics.audit_rows_written.inc(written.rows)
        refused_places = {placed.position for placed in written.refused}
        refused += [entry for entry in entries if entry.position in refused_places]
        await self._set_aside(refused)
        await self._inbox.remove(entries)

    async def _set_aside(self, refused: list[Entry]) -> None:
        for entry in refused:
            _log.error("trail_record_refused", entry_id=entry.id)
        await self._inbox.set_aside(refused)


def _read(entries: list[Entry]) -> tuple[list[Placed], list[Entry]]:
    """The records of the entries, and the entries that hold none."""
    records, refused = [], []
    for entry in entries:
        try:
            records.append(Placed(_record_of(dict(entry.fields)), entry.position))
        except ValidationError:
            refused.append(entry)
    return records, refused


def _record_of(fields: Mapping[str, str]) -> TrailRecord:
    if ACCEPTANCE_FIELD in fields:
        return TrailRecord.of_acceptance(Work.model_validate_json(fields[ACCEPTANCE_FIELD]))
    return TrailRecord.model_validate_json(fields.get(RECORD_FIELD, ""))


async def _outlast(operation: Callable[[], Awaitable[_Answer]]) -> _Answer:
    """Do it, again and again with growing pauses while Redis or Postgres is away."""
    async for attempt in stamina.retry_context(
        on=(TrailUnavailable, RedisError),
        attempts=None,
        timeout=None,
        wait_initial=FIRST_PAUSE_SECONDS,
        wait_max=LONGEST_PAUSE_SECONDS,
    ):
        _end_if_canceled()
        with attempt:
            return await operation()
    raise AssertionError  # the attempts never end


def _end_if_canceled() -> None:
    """End now if the cancellation got lost: before Python 3.12 `asyncio.wait_for`, in which redis-py sends, can eat it.

    See https://github.com/python/cpython/issues/86296.
    """
    running = asyncio.current_task()
    if running is not None and running.cancelling():
        raise asyncio.CancelledError
