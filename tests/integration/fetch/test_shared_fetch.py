"""One download for all who want the same URL at the same time."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pixelmill.domain.errors import SourceNotFound
from pixelmill.fetch.download import Fetched
from pixelmill.fetch.fetcher import Fetcher
from pixelmill.fetch.host_turns import HostTurns
from pixelmill.fetch.shared_fetch import SharedFetch
from tests.support.answers import body, failing, held
from tests.support.origin import Origin
from tests.support.wait import wait_until_async

JPEG = b"\xff\xd8\xff\xe0" + bytes(5000)


class Plain:
    """Without a cache."""

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher

    async def fetch(self, url: str, path: Path, *, refresh: bool) -> Fetched:
        assert not refresh
        return await self._fetcher.fetch(url, path)


@pytest.fixture
def downloads(tmp_path: Path) -> Path:
    folder = tmp_path / "downloads"
    folder.mkdir()
    return folder


@pytest.fixture
def fetch(fetcher: Fetcher, downloads: Path) -> SharedFetch:
    return SharedFetch(Plain(fetcher), HostTurns(per_host=100, seats=100), downloads)


@contextmanager
def released() -> Iterator[threading.Event]:
    """An event that is set at the latest when the test ends."""
    event = threading.Event()
    try:
        yield event
    finally:
        event.set()


async def asked(origin: Origin, path: str) -> None:
    async def was_asked() -> bool:
        return origin.times_asked(path) > 0

    await wait_until_async(was_asked)


async def test_many_tasks_share_one_download(
    fetch: SharedFetch, origin: Origin, tmp_path: Path, downloads: Path
) -> None:
    """Twenty ask, the origin is asked once, each has the whole file; nothing else is left."""
    with released() as release:
        url = origin.serve("/cat.jpg", held(body(JPEG), release))
        fetching = [asyncio.create_task(fetch.fetch(url, tmp_path / str(number))) for number in range(20)]
        await asked(origin, "/cat.jpg")
        release.set()
        fetched = await asyncio.gather(*fetching)
    assert origin.times_asked("/cat.jpg") == 1
    assert [each.path.read_bytes() for each in fetched] == [JPEG] * 20
    assert list(downloads.iterdir()) == []


async def test_a_later_task_downloads_anew(fetch: SharedFetch, origin: Origin, tmp_path: Path) -> None:
    """Only downloads in flight are shared: the source may have changed since."""
    url = origin.serve("/cat.jpg", body(JPEG))
    await fetch.fetch(url, tmp_path / "first")
    await fetch.fetch(url, tmp_path / "second")
    assert origin.times_asked("/cat.jpg") == 2


async def test_all_who_wait_get_the_failure(
    fetch: SharedFetch, origin: Origin, tmp_path: Path, downloads: Path
) -> None:
    """A failed download fails for all who shared it, and is forgotten."""
    with released() as release:
        url = origin.serve("/cat.jpg", held(failing(404), release))
        fetching = [asyncio.create_task(fetch.fetch(url, tmp_path / str(number))) for number in range(3)]
        await asked(origin, "/cat.jpg")
        release.set()
        failures = await asyncio.gather(*fetching, return_exceptions=True)
    assert [type(failure) for failure in failures] == [SourceNotFound] * 3
    origin.serve("/cat.jpg", body(JPEG))
    assert (await fetch.fetch(url, tmp_path / "again")).size_bytes == len(JPEG)
    assert list(downloads.iterdir()) == []


async def test_one_that_is_canceled_leaves_the_download_to_the_others(
    fetch: SharedFetch, origin: Origin, tmp_path: Path
) -> None:
    """Also the one that began it."""
    with released() as release:
        url = origin.serve("/cat.jpg", held(body(JPEG), release))
        first = asyncio.create_task(fetch.fetch(url, tmp_path / "first"))
        second = asyncio.create_task(fetch.fetch(url, tmp_path / "second"))
        await asked(origin, "/cat.jpg")
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        release.set()
        assert (await second).size_bytes == len(JPEG)
    assert origin.times_asked("/cat.jpg") == 1


async def test_a_download_nobody_waits_for_ends(
    fetch: SharedFetch, origin: Origin, tmp_path: Path, downloads: Path
) -> None:
    """The last one to leave stops it and removes the file."""
    with released() as release:
        url = origin.serve("/cat.jpg", held(body(JPEG), release))
        fetching = [asyncio.create_task(fetch.fetch(url, tmp_path / str(number))) for number in range(2)]
        await asked(origin, "/cat.jpg")
        for each in fetching:
            each.cancel()
        await asyncio.gather(*fetching, return_exceptions=True)
        others = asyncio.all_tasks() - {asyncio.current_task()}
        assert others == set()
    assert list(downloads.iterdir()) == []
