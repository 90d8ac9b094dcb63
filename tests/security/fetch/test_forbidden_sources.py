"""A fetch never connects where it must not: by name, by number, by redirect."""

from pathlib import Path

import pytest

from pixelmill.domain.errors import SourceForbidden
from pixelmill.domain.url import normalize_url
from pixelmill.fetch.fetcher import Fetcher
from pixelmill.settings import FetchSettings
from tests.security.fetch.conftest import JPEG
from tests.support.answers import redirect
from tests.support.names import Names
from tests.support.origin import Origin


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


@pytest.mark.parametrize(
    ("host", "is_allowed"),
    [
        ("127.0.0.1", True),
        ("images.example", True),
        ("a.cdn.example", True),
        ("b.a.cdn.example", True),
        ("xn--bcher-kva.example", True),
        ("cdn.example", False),
        ("evilcdn.example", False),
        ("images.example.evil.example", False),
        ("www.images.example", False),
        ("127.0.0.2", False),
    ],
)
async def test_hosts_may_be_limited_to_a_list(
    local_settings: FetchSettings, origin: Origin, tmp_path: Path, host: str, *, is_allowed: bool
) -> None:
    """A name stands for itself, `*.` and a name for all names below it; nothing else is even looked up."""
    patterns = "127.0.0.1, Images.EXAMPLE, *.cdn.example, b\u00fccher.example"
    settings = FetchSettings.model_validate({"allowed_sources": patterns})
    limited = local_settings.model_copy(update={"allowed_sources": settings.allowed_sources})
    async with Fetcher(limited) as fetcher:
        with Names({host: ["127.0.0.1"]}) as names:
            names.be_asked_by(fetcher)
            url = f"http://{host}:{origin.port}/cat.jpg"
            if is_allowed:
                assert (await fetcher.fetch(url, tmp_path / "source")).size_bytes == len(JPEG)
                return
            with pytest.raises(SourceForbidden, match="not one that may be fetched from"):
                await fetcher.fetch(url, tmp_path / "source")
            assert (origin.requests, names.asked) == ([], [])


async def test_a_redirect_to_a_host_off_the_list_is_refused(
    local_settings: FetchSettings, origin: Origin, tmp_path: Path
) -> None:
    """An allowed host cannot hand the fetch on to another one."""
    limited = local_settings.model_copy(update={"allowed_sources": ("127.0.0.1",)})
    async with Fetcher(limited) as fetcher:
        url = origin.serve("/redirect.jpg", redirect(f"http://localhost:{origin.port}/cat.jpg"))
        with pytest.raises(SourceForbidden, match="not one that may be fetched from"):
            await fetcher.fetch(url, tmp_path / "source")
    assert origin.times_asked("/cat.jpg") == 0
