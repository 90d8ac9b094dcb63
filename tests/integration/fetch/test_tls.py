"""https: certificates are verified, and a redirect does not lead out of it."""

import ssl
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import trustme

from pixelmill.domain.errors import SourceCertificateInvalid, SourceForbidden
from pixelmill.fetch.fetcher import Fetcher
from pixelmill.settings import FetchSettings
from tests.support.answers import body, redirect
from tests.support.origin import Origin

JPEG = b"\xff\xd8\xff\xe0" + bytes(5000)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def tls_origin(authority: trustme.CA) -> Iterator[Origin]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with Origin(tls=context) as origin:
        yield origin


@pytest.fixture
async def fetcher(fetch_settings: FetchSettings, tls_origin: Origin) -> AsyncIterator[Fetcher]:
    ports = (*fetch_settings.allowed_ports, tls_origin.port)
    async with Fetcher(fetch_settings.model_copy(update={"allowed_ports": ports})) as fetcher:
        yield fetcher


@pytest.fixture
def trusting_fetcher(fetcher: Fetcher, authority: trustme.CA) -> Fetcher:
    """A fetcher on a machine where the authority of the test is a known one."""
    context = ssl.create_default_context()
    authority.configure_trust(context)
    fetcher._session.connector._ssl = context  # type: ignore[union-attr] # aiohttp reads it at each connection
    return fetcher


async def test_an_unknown_certificate_is_not_accepted(fetcher: Fetcher, tls_origin: Origin, tmp_path: Path) -> None:
    """The caller reads that the certificate is the reason, which lasts; nothing is asked of the origin."""
    with pytest.raises(SourceCertificateInvalid):
        await fetcher.fetch(tls_origin.serve("/cat.jpg", body(JPEG)), tmp_path / "source")
    assert tls_origin.requests == []


async def test_a_source_is_fetched_by_https(trusting_fetcher: Fetcher, tls_origin: Origin, tmp_path: Path) -> None:
    """With a valid certificate, https works as http does."""
    fetched = await trusting_fetcher.fetch(tls_origin.serve("/cat.jpg", body(JPEG)), tmp_path / "source")
    assert fetched.size_bytes == len(JPEG)


async def test_https_does_not_become_http(
    trusting_fetcher: Fetcher, tls_origin: Origin, origin: Origin, tmp_path: Path
) -> None:
    """A redirect from https to http is not followed."""
    url = tls_origin.serve("/cat.jpg", redirect(origin.serve("/cat.jpg", body(JPEG))))
    with pytest.raises(SourceForbidden, match="from https to http"):
        await trusting_fetcher.fetch(url, tmp_path / "source")
    assert origin.requests == []


async def test_http_may_become_https(
    trusting_fetcher: Fetcher, tls_origin: Origin, origin: Origin, tmp_path: Path
) -> None:
    """The common redirect is followed."""
    url = origin.serve("/cat.jpg", redirect(tls_origin.serve("/cat.jpg", body(JPEG))))
    assert (await trusting_fetcher.fetch(url, tmp_path / "source")).size_bytes == len(JPEG)
