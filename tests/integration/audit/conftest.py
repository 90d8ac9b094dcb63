"""A migrated database, its settings, and Redis as the queue lends it."""

from collections.abc import AsyncIterator, Iterator

import pytest
from redis.asyncio import Redis

from pixelmill.audit.migrate import migrate
from pixelmill.audit.rows import TrailRows
from pixelmill.audit.trail import Trail
from pixelmill.queue.connection import connect
from pixelmill.settings import AuditSettings


@pytest.fixture
def settings(database_url: str) -> AuditSettings:
    migrate(database_url)
    return AuditSettings(database_url=database_url, batch_seconds=0.05)


@pytest.fixture
def trail(settings: AuditSettings) -> Iterator[Trail]:
    trail = Trail(settings)
    yield trail
    trail.close()


@pytest.fixture
def rows(settings: AuditSettings) -> Iterator[TrailRows]:
    rows = TrailRows(settings)
    yield rows
    rows.close()


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    client = connect(redis_url)
    yield client
    await client.aclose()
