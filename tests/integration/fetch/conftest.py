"""An origin on loopback, and a fetcher that may reach it."""

from collections.abc import AsyncIterator, Iterator
from ipaddress import ip_network

import pytest

from pixelmill.fetch.fetcher import Fetcher
from pixelmill.settings import FetchSettings
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
