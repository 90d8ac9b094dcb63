"""Postgres stopped and killed, and writers killed, while outcomes keep coming: none is lost, none is slowed."""

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Self

import psycopg
import pytest
from redis.asyncio import Redis

from pixelmill.audit import inbox, rows
from pixelmill.audit.stream import STREAM, AuditStream
from pixelmill.audit.writer import TrailWriter
from pixelmill.settings import AuditSettings
from tests.support.servers import PostgresServer
from tests.support.silence import silent
from tests.support.trail_database import fresh_trail
from tests.support.trail_records import append, ended
from tests.support.wait import wait_until_async

LONGEST_APPEND_SECONDS = 1.0
"""An append takes a millisecond; one that waited for Postgres would take as long as the outage, or its time limit."""

WRITER = """
import asyncio, sys
from pixelmill.audit.writer import TrailWriter
from pixelmill.queue.connection import connect
from pixelmill.settings import AuditSettings
settings = AuditSettings(database_url=sys.argv[2], batch_seconds=0.05, batch_rows=50)
asyncio.run(TrailWriter(connect(sys.argv[1]), settings).run())
"""


class Load:
    """Outcomes appended one after another, as fast as Redis takes them, from entering to leaving the context."""

    def __init__(self, redis: Redis, settings: AuditSettings) -> None:
        self._stream = AuditStream(redis, settings)
        self._is_over = False
        self.acceptances: set[str] = set()
        self.longest_append_seconds = 0.0

    async def __aenter__(self) -> Self:
        self._appending = asyncio.create_task(self._append())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._is_over = True
        await self._appending

    async def goes_on(self, appends: int = 200) -> None:
        """Wait for that many more."""
        goal = len(self.acceptances) + appends

        async def is_reached() -> bool:
            return len(self.acceptances) >= goal

        await wait_until_async(is_reached, timeout_seconds=30)

    async def _append(self) -> None:
        while not self._is_over:
            record = ended(len(self.acceptances))
            started_at = time.monotonic()
            await append(self._stream, record)
            self.longest_append_seconds = max(self.longest_append_seconds, time.monotonic() - started_at)
            self.acceptances.add(record.acceptance_id)


@asynccontextmanager
async def in_background(work: Coroutine[None, None, None]) -> AsyncIterator[None]:
    task = asyncio.create_task(work)
    try:
        yield
        assert not task.done(), task.exception()
    finally:
        while not task.done():  # redis-py may eat a cancellation
            task.cancel()
            with suppress(asyncio.CancelledError):
                await asyncio.wait([task], timeout=0.1)


async def wait_until_caught_up(redis: Redis) -> None:
    async def is_empty() -> bool:
        return await redis.xlen(STREAM) == 0

    await wait_until_async(is_empty, timeout_seconds=60)


def acceptances_in(settings: AuditSettings) -> set[str]:
    with psycopg.connect(settings.database_url) as connection:
        return {row[0] for row in connection.execute("SELECT acceptance_id FROM trail")}


async def test_postgres_is_killed_and_comes_back(redis: Redis, postgres: Callable[[], PostgresServer]) -> None:
    """Everything that was appended before, during and after is in the trail.

    The server is private to this test: it ends with the thread that starts it.
    """
    server = postgres()
    settings = fresh_trail(server)
    async with in_background(TrailWriter(redis, settings).run()):
        async with Load(redis, settings) as load:
            await load.goes_on()
            await asyncio.to_thread(server.kill)
            await load.goes_on()
            await asyncio.to_thread(server.start)
            await load.goes_on()
        await wait_until_caught_up(redis)

    assert acceptances_in(settings) == load.acceptances
    assert load.longest_append_seconds < LONGEST_APPEND_SECONDS


async def test_postgres_goes_silent_and_comes_back(
    redis: Redis, server: PostgresServer, settings: AuditSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A writer that waited for an answer without end would never catch up; its time limit is shortened here."""
    monkeypatch.setattr(rows, "ANSWER_SECONDS", 1.0)
    async with in_background(TrailWriter(redis, settings).run()):
        async with Load(redis, settings) as load:
            await load.goes_on()
            with silent(server.running.pid):
                silent_since = time.monotonic()
                await load.goes_on()

                async def writer_has_given_up_once() -> bool:
                    return time.monotonic() - silent_since > 3

                await wait_until_async(writer_has_given_up_once)
            await load.goes_on()
        await wait_until_caught_up(redis)

    assert acceptances_in(settings) == load.acceptances
    assert load.longest_append_seconds < LONGEST_APPEND_SECONDS


async def test_writers_are_killed_in_the_middle(
    redis: Redis, redis_url: str, settings: AuditSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a killed writer held goes to the next one, and what it had written already is not written twice."""
    async with Load(redis, settings) as load:
        for _ in range(2):
            command = [sys.executable, "-c", WRITER, redis_url, settings.database_url]
            with subprocess.Popen(command) as writer:
                before = len(acceptances_in(settings))

                async def it_writes(before: int = before) -> bool:
                    return len(acceptances_in(settings)) > before

                await wait_until_async(it_writes, timeout_seconds=30)
                writer.kill()

    monkeypatch.setattr(inbox, "ABANDONED_AFTER_SECONDS", 0)
    async with in_background(TrailWriter(redis, settings).run()):
        await wait_until_caught_up(redis)

    assert acceptances_in(settings) == load.acceptances
