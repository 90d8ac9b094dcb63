"""Origins that are slow, endless, broken or lie: each fetch ends in time, with its own error; the next one works."""

import asyncio
import gzip
import resource
import socket
import threading
import zlib
from pathlib import Path

import pytest
from aiohttp import TCPConnector
from aiohttp.resolver import AsyncResolver

from pixelmill.domain.errors import (
    PixelmillError,
    SourceNotAnImage,
    SourceRefused,
    SourceTimeout,
    SourceTooLarge,
    SourceUnreachable,
)
from pixelmill.fetch.fetcher import Fetcher
from pixelmill.settings import FetchSettings
from tests.support import answers
from tests.support.answers import Answer
from tests.support.origin import Origin

JPEG = b"\xff\xd8\xff\xe0" + bytes(5000)

MISBEHAVIOR: dict[str, tuple[Answer, type[PixelmillError], str]] = {
    "silent": (answers.late(answers.body(JPEG)), SourceTimeout, "silent for too long"),
    "stalls": (answers.stalling(JPEG, announced_bytes=6000), SourceTimeout, "silent for too long"),
    "drips": (answers.dripping(JPEG, seconds_between_bytes=0.01), SourceTimeout, "Downloading the source took"),
    "endless image": (answers.endless(JPEG), SourceTooLarge, "more than"),
    "endless text": (answers.endless(b"text " * 400), SourceNotAnImage, "does not begin like an image"),
    "announces too much": (answers.stalling(JPEG, announced_bytes=2_000_000), SourceTooLarge, "1.9 MiB"),
    "sends less than announced": (answers.lying(JPEG, content_length=6000), SourceUnreachable, "broke off"),
    "sends more than announced": (answers.lying(JPEG + b"more", content_length=len(JPEG)), SourceUnreachable, "HTTP"),
    "resets at once": (answers.resetting(), SourceUnreachable, "broke off"),
    "resets half-way": (answers.resetting(JPEG), SourceUnreachable, "broke off"),
    "closes at once": (answers.raw(b""), SourceUnreachable, "broke off"),
    "speaks no HTTP": (answers.raw(b"220 mail.example ESMTP\r\n\r\n"), SourceUnreachable, "not valid HTTP"),
    "sends endless headers": (answers.raw(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000), SourceUnreachable, "HTTP"),
    "negative length": (answers.raw(b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n"), SourceUnreachable, "HTTP"),
    "sends many headers": (answers.raw(b"HTTP/1.1 200 OK\r\n" + b"X: x\r\n" * 200), SourceUnreachable, "HTTP"),
    "drips headers": (answers.dripping_head(seconds_between_bytes=0.05), SourceTimeout, "Downloading the source took"),
    "is never ready": (answers.endless_interim(), SourceTimeout, "Downloading the source took"),
    "sends endless chunk sizes": (
        answers.raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;" + b"x" * 100_000),
        SourceUnreachable,
        "broke off",
    ),
    "explodes": (answers.gzip_bomb(JPEG, 500_000_000), SourceTooLarge, "more than"),
    "explodes twice": (answers.body(JPEG, headers={"Content-Encoding": "gzip, gzip"}), SourceRefused, "compresses"),
    "is compressed oddly": (answers.body(JPEG, headers={"Content-Encoding": "br"}), SourceRefused, "compresses"),
    "is not compressed": (answers.body(JPEG, headers={"Content-Encoding": "gzip"}), SourceUnreachable, "damaged"),
    "is compressed in part": (
        answers.body(gzip.compress(JPEG)[:-4], headers={"Content-Encoding": "gzip"}),
        SourceUnreachable,
        "broke off",
    ),
    "is compressed with more": (
        answers.body(gzip.compress(JPEG) + b"more", headers={"Content-Encoding": "gzip"}),
        SourceUnreachable,
        "more than the compressed source",
    ),
    "is empty": (answers.body(b""), SourceNotAnImage, "empty"),
    "is a web page": (answers.body(b"<!doctype html><title>cat.jpg</title>"), SourceNotAnImage, "web page"),
    "redirects nowhere": (answers.body(b"", status=302), SourceRefused, "more than 3 times"),
}


@pytest.mark.parametrize("name", MISBEHAVIOR)
async def test_misbehavior_ends_in_time_with_its_own_error(
    fetcher: Fetcher, origin: Origin, tmp_path: Path, name: str
) -> None:
    """Whatever an origin does, the fetch ends within its limits, and the fetcher goes on."""
    answer, kind, words = MISBEHAVIOR[name]
    url = origin.serve("/cat.jpg", answer)
    async with asyncio.timeout(2):
        with pytest.raises(kind, match=words):
            await fetcher.fetch(url, tmp_path / "source")
    fetched = await fetcher.fetch(origin.serve("/fine.jpg", answers.body(JPEG)), tmp_path / "fine")
    assert fetched.size_bytes == len(JPEG)


async def test_an_endless_source_is_not_kept(fetcher: Fetcher, origin: Origin, tmp_path: Path) -> None:
    """What was written of it is gone when the fetch has ended."""
    with pytest.raises(SourceTooLarge):
        await fetcher.fetch(origin.serve("/cat.jpg", answers.endless(JPEG)), tmp_path / "source")
    assert list(tmp_path.iterdir()) == []


async def test_redirects_share_one_deadline(fetcher: Fetcher, origin: Origin, tmp_path: Path) -> None:
    """Four hops of 0.28 s each exceed the second they have together, although each alone is in time."""
    for number in range(3):
        origin.serve(f"/{number}.jpg", answers.late(answers.redirect(f"/{number + 1}.jpg"), seconds=0.28))
    origin.serve("/3.jpg", answers.late(answers.body(JPEG), seconds=0.28))
    with pytest.raises(SourceTimeout):
        await fetcher.fetch(origin.url("/0.jpg"), tmp_path / "source")


async def test_nobody_listening_is_unreachable(fetch_settings: FetchSettings, origin: Origin, tmp_path: Path) -> None:
    """A refused connection may be a restart: it is tried again."""
    with Origin() as closed:
        port = closed.port
    settings = fetch_settings.model_copy(update={"allowed_ports": (port,)})
    async with Fetcher(settings) as fetcher:
        with pytest.raises(SourceUnreachable, match="does not accept a connection"):
            await fetcher.fetch(f"http://127.0.0.1:{port}/cat.jpg", tmp_path / "source")


@pytest.mark.parametrize(
    ("coding", "packed"),
    [("gzip", gzip.compress(JPEG)), ("X-GZIP", gzip.compress(JPEG)), ("deflate", zlib.compress(JPEG)), ("", JPEG)],
)
async def test_a_source_that_is_compressed_is_unpacked(
    fetcher: Fetcher, origin: Origin, tmp_path: Path, coding: str, packed: bytes
) -> None:
    """Not that it was asked to be: some origins compress everything."""
    url = origin.serve("/cat.jpg", answers.body(packed, headers={"Content-Encoding": coding}))
    fetched = await fetcher.fetch(url, tmp_path / "source")
    assert fetched.path.read_bytes() == JPEG


async def test_unpacking_needs_no_more_memory_than_a_piece(
    fetch_settings: FetchSettings, origin: Origin, tmp_path: Path
) -> None:
    """However far a body unpacks: 200 MB from 200 kB are written as they come."""
    settings = fetch_settings.model_copy(update={"max_bytes": 300_000_000, "total_seconds": 60.0})
    url = origin.serve("/cat.jpg", answers.gzip_bomb(JPEG, 200_000_000))
    async with Fetcher(settings) as fetcher:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        fetched = await fetcher.fetch(url, tmp_path / "source")
        grown_bytes = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    assert fetched.size_bytes == len(JPEG) + 200_000_000
    assert grown_bytes < 30_000_000


async def test_an_origin_that_does_not_finish_the_handshake_is_left(
    fetch_settings: FetchSettings, origin: Origin, tmp_path: Path
) -> None:
    """Connecting has its own limit, and TLS is a part of it."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        settings = fetch_settings.model_copy(update={"allowed_ports": (port,), "total_seconds": 30.0})
        async with Fetcher(settings) as fetcher, asyncio.timeout(5):
            with pytest.raises(SourceTimeout, match="Connecting"):
                await fetcher.fetch(f"https://127.0.0.1:{port}/cat.jpg", tmp_path / "source")


async def test_names_that_cannot_be_looked_up_hold_up_nobody_else(
    fetch_settings: FetchSettings, origin: Origin, tmp_path: Path
) -> None:
    """Sixty lookups that are never answered end at the limit for connecting; other sources are fetched meanwhile."""
    settings = fetch_settings.model_copy(update={"connect_seconds": 1.0, "total_seconds": 2.0})
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent_server:
        silent_server.bind(("127.0.0.1", 0))
        async with Fetcher(settings) as fetcher:
            connector = fetcher._session.connector
            assert isinstance(connector, TCPConnector)
            assert isinstance(connector._resolver, AsyncResolver)
            connector._resolver._resolver.nameservers = [f"127.0.0.1:{silent_server.getsockname()[1]}"]
            lost = [
                asyncio.create_task(fetcher.fetch(f"http://{number}.example:{origin.port}/", tmp_path / str(number)))
                for number in range(60)
            ]
            await asyncio.sleep(0)
            fetched = await fetcher.fetch(origin.serve("/cat.jpg", answers.body(JPEG)), tmp_path / "source")
            assert fetched.size_bytes == len(JPEG)
            assert not any(fetch.done() for fetch in lost)
            failures = await asyncio.gather(*lost, return_exceptions=True)
    assert {type(failure) for failure in failures} == {SourceTimeout}


async def test_a_slow_origin_holds_up_nobody_else(fetcher: Fetcher, origin: Origin, tmp_path: Path) -> None:
    """Fifty fetches from a fast origin are done while one waits for a slow one."""
    release = threading.Event()
    slow_url = origin.serve("/slow.jpg", answers.held(answers.body(JPEG), release))
    fast_url = origin.serve("/fast.jpg", answers.body(JPEG))
    slow = asyncio.create_task(fetcher.fetch(slow_url, tmp_path / "slow"))
    await asyncio.gather(*(fetcher.fetch(fast_url, tmp_path / str(number)) for number in range(50)))
    assert not slow.done()
    release.set()
    assert (await slow).size_bytes == len(JPEG)
