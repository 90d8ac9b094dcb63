"""What a fetch tells whom: headers of one origin go to that origin alone, and a proxy is used when it is set."""

from pathlib import Path

import pytest

from pixelmill.domain.errors import SourceForbidden, SourceUnreachable
from pixelmill.fetch.fetcher import Fetcher
from pixelmill.settings import FetchSettings
from tests.security.fetch.conftest import JPEG
from tests.support.answers import body, failing, redirect
from tests.support.names import Names
from tests.support.origin import Origin

SECRET = "Bearer swordfish"  # noqa: S105 - of a test


def with_secret_for(url: str, settings: FetchSettings) -> FetchSettings:
    headers = FetchSettings.model_validate({"host_headers": f'{{"{url}": {{"Authorization": "{SECRET}"}}}}'})
    return settings.model_copy(update={"host_headers": headers.host_headers})


async def test_headers_of_an_origin_are_sent_to_it(
    local_settings: FetchSettings, origin: Origin, tmp_path: Path
) -> None:
    """Also after a redirect to itself."""
    url = origin.serve("/redirect.jpg", redirect("/cat.jpg"))
    async with Fetcher(with_secret_for(origin.url(""), local_settings)) as fetcher:
        await fetcher.fetch(url, tmp_path / "source")
    assert [request.headers.get("authorization") for request in origin.requests] == [SECRET, SECRET]


async def test_headers_of_an_origin_are_sent_to_no_other(
    local_settings: FetchSettings, origin: Origin, tmp_path: Path
) -> None:
    """Not to another port or name after a redirect, not when the other is asked first."""
    with Origin() as other, Names({"other.example": ["127.0.0.1"]}) as names:
        ports = (origin.port, other.port)
        settings = with_secret_for(origin.url(""), local_settings.model_copy(update={"allowed_ports": ports}))
        async with Fetcher(settings) as fetcher:
            names.be_asked_by(fetcher)
            for number, target in enumerate(
                [other.serve("/a.jpg", body(JPEG)), f"http://other.example:{origin.port}/cat.jpg"]
            ):
                url = origin.serve("/redirect.jpg", redirect(target))
                await fetcher.fetch(url, tmp_path / str(number))
        assert [request.headers.get("authorization") for request in origin.requests] == [SECRET, SECRET, None]
        assert [request.headers.get("authorization") for request in other.requests] == [None]


async def test_secrets_are_not_logged(
    local_settings: FetchSettings, origin: Origin, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither headers nor the query of a URL, in which some origins want theirs."""
    settings = with_secret_for(origin.url(""), local_settings)
    async with Fetcher(settings) as fetcher:
        with pytest.raises(SourceUnreachable):
            await fetcher.fetch(origin.serve("/busy.jpg", failing(503)) + "?token=swordfish", tmp_path / "source")
    printed = capsys.readouterr().out
    assert "fetch_failed" in printed
    assert "swordfish" not in printed
    assert "swordfish" not in repr(settings)


async def test_a_proxy_of_the_settings_makes_the_connections(
    settings: FetchSettings, origin: Origin, tmp_path: Path
) -> None:
    """It is the one address that is dialed, although it is inside, and it is told the name."""
    origin.serve("http://far.example/cat.jpg", body(JPEG))
    proxied = FetchSettings.model_validate(
        settings.model_dump() | {"proxy_url": f"http://user:pass@127.0.0.1:{origin.port}"}
    )
    async with Fetcher(proxied) as fetcher:
        await fetcher.fetch("http://far.example/cat.jpg", tmp_path / "source")
        (request,) = origin.requests
        assert request.headers["host"] == "far.example"
        assert request.headers["proxy-authorization"].startswith("Basic ")
        with pytest.raises(SourceForbidden, match="not a public address"):
            await fetcher.fetch("http://10.0.0.1/cat.jpg", tmp_path / "inside")
        with pytest.raises(SourceForbidden, match="Port 22"):
            await fetcher.fetch("http://far.example:22/cat.jpg", tmp_path / "port")
    assert len(origin.requests) == 1


@pytest.mark.parametrize(("status", "kind"), [(403, SourceForbidden), (502, SourceUnreachable)])
async def test_a_proxy_may_refuse(
    settings: FetchSettings, origin: Origin, tmp_path: Path, status: int, kind: type[Exception]
) -> None:
    """It judges what names resolve to; what it refuses is refused for good, what it cannot reach is not."""
    origin.serve("far.example:443", failing(status))
    proxied = FetchSettings.model_validate(settings.model_dump() | {"proxy_url": f"http://127.0.0.1:{origin.port}"})
    async with Fetcher(proxied) as fetcher:
        with pytest.raises(kind, match="proxy"):
            await fetcher.fetch("https://far.example/cat.jpg", tmp_path / "source")
    assert [request.method for request in origin.requests] == ["CONNECT"]
