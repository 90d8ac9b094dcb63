"""An origin on loopback that serves a source, and fetchers that may or may not reach it."""

from collections.abc import AsyncIterator, Iterator
from ipaddress import ip_network

import pytest

from pixelmill.fetch.fetcher import Fetcher
from pixelmill.settings import FetchSettings
from tests.support.answers import body
from tests.support.origin import Origin

JPEG = b"\xff\xd8\xff\xe0" + bytes(5000)


@pytest.fixture
def origin() -> Iterator[Origin]:
    with Origin() as origin:
        origin.serve("/cat.jpg", body(JPEG))
        yield origin


@pytest.fixture
def settings(origin: Origin) -> FetchSettings:
    """The ports are open, the addresses are not: what is refused is refused for its address."""
    return FetchSettings(allowed_ports=(80, 443, origin.port), connect_seconds=2, total_seconds=3)


@pytest.fixture
def local_settings(settings: FetchSettings) -> FetchSettings:
    """The address of the origin is opened, and no other."""
    return settings.model_copy(update={"allowed_networks": (ip_network("127.0.0.1/32"),)})


@pytest.fixture
async def fetcher(settings: FetchSettings) -> AsyncIterator[Fetcher]:
    async with Fetcher(settings) as fetcher:
        yield fetcher


@pytest.fixture
async def local_fetcher(local_settings: FetchSettings) -> AsyncIterator[Fetcher]:
    async with Fetcher(local_settings) as fetcher:
        yield fetcher
