"""A fetch never connects where it must not: by name, by number, by redirect, by a name that changes its mind."""

import socket
from collections.abc import AsyncIterator, Iterator
from ipaddress import ip_network
from pathlib import Path

import pytest
from aiohttp import TCPConnector
from aiohttp.abc import ResolveResult

from pixelmill.domain.errors import SourceForbidden
from pixelmill.domain.url import normalize_url
from pixelmill.fetch.fetcher import Fetcher
from pixelmill.settings import FetchSettings
from tests.support.answers import body, redirect
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
async def fetcher(settings: FetchSettings) -> AsyncIterator[Fetcher]:
    async with Fetcher(settings) as fetcher:
        yield fetcher


@pytest.fixture
async def local_fetcher(settings: FetchSettings) -> AsyncIterator[Fetcher]:
    """The address of the origin is opened, and no other."""
    opened = settings.model_copy(update={"allowed_networks": (ip_network("127.0.0.1/32"),)})
    async with Fetcher(opened) as fetcher:
        yield fetcher


class ChangingResolver:
    """Names of a hostile zone: each lookup gives the next address."""

    def __init__(self, *addresses: str) -> None:
        self.left = list(addresses)

    async def resolve(self, host: str, port: int = 0, **_: object) -> list[ResolveResult]:
        address = self.left.pop(0) if len(self.left) > 1 else self.left[0]
        kind = socket.AF_INET6 if ":" in address else socket.AF_INET
        return [ResolveResult(hostname=host, host=address, port=port, family=kind, proto=0, flags=0)]

    async def close(self) -> None:
        """Nothing is open."""


def resolve_with(fetcher: Fetcher, resolver: ChangingResolver) -> None:
    connector = fetcher._session.connector
    assert isinstance(connector, TCPConnector)
    connector._resolver = resolver  # type: ignore[assignment] # as much of a resolver as aiohttp asks for


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "0.0.0.0",  # noqa: S104 - dialed, not listened on
        "0",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::127.0.0.1]",
        "[64:ff9b::127.0.0.1]",
        "[2002:7f00:1::]",
    ],
)
async def test_loopback_is_refused_in_every_spelling(
    fetcher: Fetcher, origin: Origin, tmp_path: Path, host: str
) -> None:
    """A listening origin on loopback is never asked, whatever it is called."""
    url = normalize_url(f"http://{host}:{origin.port}/cat.jpg")
    with pytest.raises(SourceForbidden, match="not a public address"):
        await fetcher.fetch(url, tmp_path / "source")
    assert origin.requests == []


@pytest.mark.parametrize(
    "url", ["http://169.254.169.254/latest/meta-data/", "http://[fd00:ec2::254]/", "http://10.0.0.1/"]
)
async def test_metadata_and_private_addresses_are_refused(fetcher: Fetcher, tmp_path: Path, url: str) -> None:
    """Without a single packet: the refusal comes before any time-out could."""
    with pytest.raises(SourceForbidden):
        await fetcher.fetch(url, tmp_path / "source")


async def test_a_name_that_resolves_to_a_private_address_is_refused(
    fetcher: Fetcher, origin: Origin, tmp_path: Path
) -> None:
    """A public name may point inside."""
    resolve_with(fetcher, ChangingResolver("127.0.0.1"))
    with pytest.raises(SourceForbidden):
        await fetcher.fetch(f"http://rebind.example:{origin.port}/cat.jpg", tmp_path / "source")
    assert origin.requests == []


async def test_a_name_that_changes_its_address_is_judged_by_the_one_dialed(
    local_fetcher: Fetcher, origin: Origin, tmp_path: Path
) -> None:
    """Rebinding: an allowed answer first, a forbidden one after. There is no second lookup to profit from."""
    resolver = ChangingResolver("127.0.0.1", "127.0.0.2")
    resolve_with(local_fetcher, resolver)
    url = f"http://rebind.example:{origin.port}/cat.jpg"
    assert (await local_fetcher.fetch(url, tmp_path / "source")).size_bytes == len(JPEG)
    assert resolver.left == ["127.0.0.2"]


@pytest.mark.parametrize("target", ["http://127.0.0.2:{port}/cat.jpg", "http://[::1]:{port}/", "//2130706434:{port}/"])
async def test_a_redirect_inside_is_refused(
    local_fetcher: Fetcher, origin: Origin, tmp_path: Path, target: str
) -> None:
    """An allowed origin cannot send the fetch to a forbidden one."""
    url = origin.serve("/redirect.jpg", redirect(target.format(port=origin.port)))
    with pytest.raises(SourceForbidden, match="not a public address"):
        await local_fetcher.fetch(url, tmp_path / "source")
    assert origin.times_asked("/cat.jpg") == 0


@pytest.mark.parametrize("location", ["file:///etc/passwd", "ftp://127.0.0.1/cat.jpg", "http://user:secret@127.0.0.1/"])
async def test_a_redirect_to_something_else_than_the_web_is_refused(
    local_fetcher: Fetcher, origin: Origin, tmp_path: Path, location: str
) -> None:
    """Schemes and credentials a caller may not use, an origin may not either."""
    url = origin.serve("/redirect.jpg", redirect(location))
    with pytest.raises(SourceForbidden, match="redirects to an address that cannot be fetched"):
        await local_fetcher.fetch(url, tmp_path / "source")


async def test_a_redirect_to_a_closed_port_is_refused(local_fetcher: Fetcher, origin: Origin, tmp_path: Path) -> None:
    """Ports are judged for each hop."""
    url = origin.serve("/redirect.jpg", redirect("http://127.0.0.1:6379/"))
    with pytest.raises(SourceForbidden, match="Port 6379"):
        await local_fetcher.fetch(url, tmp_path / "source")
