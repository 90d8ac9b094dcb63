"""Fetching from an origin that behaves: bytes, redirects, what is sent along."""

import hashlib
from pathlib import Path

import pytest

from pixelmill.domain.errors import PixelmillError, SourceForbidden, SourceNotFound, SourceRefused, SourceUnreachable
from pixelmill.domain.source import ImageFormat
from pixelmill.fetch.download import Fetched
from pixelmill.fetch.fetcher import Fetcher
from pixelmill.telemetry import metrics
from tests.support.answers import body, failing, redirect
from tests.support.origin import Origin

JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 1000


@pytest.fixture
def destination(tmp_path: Path) -> Path:
    return tmp_path / "source"


async def test_a_source_is_fetched_unchanged(fetcher: Fetcher, origin: Origin, destination: Path) -> None:
    """The file has the bytes of the origin; size, digest and format are told."""
    fetched = await fetcher.fetch(origin.serve("/cat.jpg", body(JPEG)), destination)
    assert fetched == Fetched(destination, len(JPEG), hashlib.sha256(JPEG).hexdigest(), ImageFormat.JPEG)
    assert destination.read_bytes() == JPEG


async def test_the_bytes_decide_the_format(fetcher: Fetcher, origin: Origin, destination: Path) -> None:
    """Neither the name nor the Content-Type does."""
    url = origin.serve("/cat.png", body(JPEG, content_type="text/html"))
    assert (await fetcher.fetch(url, destination)).format is ImageFormat.JPEG


async def test_a_request_asks_for_an_image_and_tells_no_more(
    fetcher: Fetcher, origin: Origin, destination: Path
) -> None:
    """One GET, under our name, for an unencoded image, with the query; nothing identifies an earlier request."""
    origin.serve("/cat.jpg", body(JPEG, headers={"Set-Cookie": "session=1; Path=/"}))
    await fetcher.fetch(origin.url("/cat.jpg?size=big"), destination)
    destination.unlink()
    await fetcher.fetch(origin.url("/cat.jpg?size=big"), destination)
    for request in origin.requests:
        assert (request.method, request.target) == ("GET", "/cat.jpg?size=big")
        assert set(request.headers) == {"host", "user-agent", "accept", "accept-encoding"}
        assert request.headers["user-agent"] == "Pixelmill/0.1"
        assert request.headers["accept-encoding"] == "identity"


async def test_proxies_of_the_environment_are_not_used(
    fetcher: Fetcher, origin: Origin, destination: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy would dial in our stead, and the policy would judge the proxy's address."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    await fetcher.fetch(origin.serve("/cat.jpg", body(JPEG)), destination)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_followed(fetcher: Fetcher, origin: Origin, destination: Path, status: int) -> None:
    """Every kind of redirect, relative ones too."""
    origin.serve("/folder/cat.jpg", body(JPEG))
    url = origin.serve("/old.jpg", redirect("folder/cat.jpg", status))
    assert (await fetcher.fetch(url, destination)).size_bytes == len(JPEG)


async def test_a_redirect_without_end_is_left(fetcher: Fetcher, origin: Origin, destination: Path) -> None:
    """Three redirects are followed, not a fourth."""
    url = origin.serve("/loop.jpg", redirect("/loop.jpg"))
    with pytest.raises(SourceRefused, match="more than 3 times"):
        await fetcher.fetch(url, destination)
    assert origin.times_asked("/loop.jpg") == 4


@pytest.mark.parametrize(
    ("status", "kind"),
    [(404, SourceNotFound), (403, SourceRefused), (429, SourceUnreachable), (500, SourceUnreachable)],
)
async def test_an_error_page_is_the_failure_it_says(
    fetcher: Fetcher, origin: Origin, destination: Path, status: int, kind: type[PixelmillError]
) -> None:
    """The status decides, and the page is not taken for the source."""
    with pytest.raises(kind, match=str(status)):
        await fetcher.fetch(origin.serve("/cat.jpg", failing(status)), destination)
    assert not destination.exists()


async def test_a_busy_origin_says_when_to_come_back(fetcher: Fetcher, origin: Origin, destination: Path) -> None:
    """Retry-After reaches the queue."""
    url = origin.serve("/cat.jpg", failing(503, headers={"Retry-After": "7"}))
    with pytest.raises(SourceUnreachable) as failure:
        await fetcher.fetch(url, destination)
    assert failure.value.retry_after_seconds == 7


async def test_failures_are_counted_by_code(fetcher: Fetcher, origin: Origin, destination: Path) -> None:
    """An operator sees what origins do."""
    counter = metrics.fetch_failures.labels(SourceNotFound.code)
    before = counter._value.get()
    with pytest.raises(SourceNotFound):
        await fetcher.fetch(origin.url("/nothing.jpg"), destination)
    assert counter._value.get() == before + 1


@pytest.mark.parametrize("port", [1, 22, 8443])
async def test_a_closed_port_is_refused_before_connecting(fetcher: Fetcher, destination: Path, port: int) -> None:
    """The caller reads which ports are open."""
    with pytest.raises(SourceForbidden, match=f"Port {port}"):
        await fetcher.fetch(f"http://example.com:{port}/cat.jpg", destination)
