"""An origin on loopback, a fetcher that may reach it, and a cluster of them with a cache."""

from collections.abc import AsyncIterator, Iterator
from ipaddress import ip_network
from pathlib import Path

import pytest

from pixelmill.fetch.fetcher import Fetcher
from pixelmill.settings import FetchSettings
from tests.support.fetch_cluster import FetchCluster, fetch_cluster
from tests.support.origin import Origin


@pytest.fixture
def origin() -> Iterator[Origin]:
    with Origin() as origin:
        yield origin


@pytest.fixture
def fetch_settings(origin: Origin) -> FetchSettings:
    """Short limits, so that a test of each is over soon."""
    return FetchSettings(
        allowed_networks=(ip_network("127.0.0.1/32"),),
        allowed_ports=(origin.port,),
        max_bytes=1_000_000,
        connect_seconds=0.5,
        first_byte_seconds=0.3,
        total_seconds=1.0,
    )


@pytest.fixture
async def fetcher(fetch_settings: FetchSettings) -> AsyncIterator[Fetcher]:
    async with Fetcher(fetch_settings) as fetcher:
        yield fetcher


@pytest.fixture
async def cluster(fetch_settings: FetchSettings, redis_url: str, tmp_path: Path) -> AsyncIterator[FetchCluster]:
    async with fetch_cluster(fetch_settings, redis_url, tmp_path) as cluster:
        yield cluster
