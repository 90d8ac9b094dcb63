"""Servers of their own for tests that stop and kill them."""

from collections.abc import AsyncIterator, Iterator

import pytest
from redis.asyncio import Redis

from pixelmill.queue.connection import connect
from pixelmill.settings import AuditSettings
from tests.support.servers import PostgresServer
from tests.support.trail_database import fresh_trail


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    """Private to the tests of one file; each leaves it running."""
    with PostgresServer() as server:
        yield server


@pytest.fixture
def settings(server: PostgresServer) -> AuditSettings:
    return fresh_trail(server)


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    client = connect(redis_url)
    yield client
    await client.aclose()
