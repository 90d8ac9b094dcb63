"""One download of a source at a time in the cluster; a slow one holds up nobody who wants something else."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from pixelmill.domain.errors import PixelmillError, SourceNotFound, SourceTimeout, SourceUnreachable
from pixelmill.domain.postponed import Postponed
from pixelmill.fetch import source_index
from pixelmill.fetch.download import Fetched
from pixelmill.fetch.kept_source import source_id_of
from pixelmill.fetch.shared_fetch import SharedFetch
from tests.support.answers import body, failing, held, in_turn, late
from tests.support.fetch_cluster import FetchCluster
from tests.support.origin import Origin
from tests.support.wait import wait_until_async

JPEG = b"\xff\xd8\xff\xe0" + bytes(5000)


@contextmanager
def released() -> Iterator[threading.Event]:
    """An event that is set at the latest when the test ends."""
    event = threading.Event()
    try:
        yield event
    finally:
        event.set()


def be_patient(cluster: FetchCluster) -> None:
    """The test decides how long an origin is silent."""
    cluster.settings = cluster.settings.model_copy(update={"first_byte_seconds": 10.0, "total_seconds": 10.0})


async def asked(origin: Origin, path: str, times: int = 1) -> None:
    async def was_asked() -> bool:
        return origin.times_asked(path) == times

    await wait_until_async(was_asked)


async def awaited(cluster: FetchCluster) -> None:
    """Somebody in another worker waits."""
    index = await cluster.index()

    async def is_awaited() -> bool:
        return bool(await index._redis.keys("pixelmill:sources:awaited:*"))

    await wait_until_async(is_awaited)


def start(cluster: FetchCluster, worker: SharedFetch, url: str, *, refresh: bool = False) -> "asyncio.Task[Fetched]":
    return asyncio.create_task(worker.fetch(url, cluster.new_path(), refresh=refresh))


@pytest.mark.parametrize("headers", [{}, {"ETag": '"a"'}, {"Cache-Control": "max-age=60"}])
async def test_many_workers_share_one_download(cluster: FetchCluster, origin: Origin, headers: dict[str, str]) -> None:
    """Even of a source that cannot be used again: those who waited for it may have it."""
    be_patient(cluster)
    workers = [await cluster.worker() for _ in range(4)]
    with released() as release:
        url = origin.serve("/cat.jpg", held(body(JPEG, headers=headers), release))
        first = start(cluster, workers[0], url)
        await asked(origin, "/cat.jpg")
        others = [start(cluster, worker, url) for worker in workers for _ in range(2)]
        await awaited(cluster)
        release.set()
        fetched = await asyncio.gather(first, *others)
    assert [each.path.read_bytes() for each in fetched] == [JPEG] * 9
    assert origin.times_asked("/cat.jpg") == 1


@pytest.mark.parametrize(("status", "kind"), [(404, SourceNotFound), (503, SourceUnreachable)])
async def test_who_waits_gets_the_failure(
    cluster: FetchCluster, origin: Origin, status: int, kind: type[PixelmillError]
) -> None:
    """Not each in turn after as many time-outs. A passing one is told to nobody who comes later."""
    be_patient(cluster)
    one, other = await cluster.worker(), await cluster.worker()
    with released() as release:
        url = origin.serve("/cat.jpg", in_turn(held(failing(status), release), body(JPEG)))
        first = start(cluster, one, url)
        await asked(origin, "/cat.jpg")
        second = start(cluster, other, url)
        await awaited(cluster)
        release.set()
        failures = await asyncio.gather(first, second, return_exceptions=True)
    assert [type(failure) for failure in failures] == [kind, kind]
    assert origin.times_asked("/cat.jpg") == 1
    later = start(cluster, await cluster.worker(), url)
    if kind is SourceNotFound:
        with pytest.raises(SourceNotFound):
            await later
    else:
        assert (await later).size_bytes == len(JPEG)


async def test_a_failure_that_was_overcome_is_forgotten(cluster: FetchCluster, origin: Origin) -> None:
    """At once, not when its minute is over."""
    url = origin.serve("/cat.jpg", in_turn(failing(404), body(JPEG)))
    worker = await cluster.worker()
    with pytest.raises(SourceNotFound):
        await worker.fetch(url, cluster.new_path(), refresh=False)
    await worker.fetch(url, cluster.new_path(), refresh=True)
    await cluster.kept_files()
    await worker.fetch(url, cluster.new_path(), refresh=False)


async def test_a_downloader_that_dies_is_waited_for_no_longer_than_its_lease(
    cluster: FetchCluster, origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here it is a lease that nobody renews."""
    monkeypatch.setattr(source_index, "LEASE_SECONDS", 0.5)
    url = origin.serve("/cat.jpg", body(JPEG))
    index = await cluster.index()
    await index.look(source_id_of(url), "a dead worker's")
    worker = await cluster.worker()
    async with asyncio.timeout(5):
        assert (await worker.fetch(url, cluster.new_path())).size_bytes == len(JPEG)


async def test_a_download_that_takes_longer_than_a_lease_keeps_it(
    cluster: FetchCluster, origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that lives renews it."""
    for module in ("source_index", "source_lease"):
        monkeypatch.setattr(f"pixelmill.fetch.{module}.LEASE_SECONDS", 0.3)
    be_patient(cluster)
    url = origin.serve("/cat.jpg", late(body(JPEG), seconds=1.2))
    one, other = await cluster.worker(), await cluster.worker()
    first = start(cluster, one, url)
    await asked(origin, "/cat.jpg")
    second = start(cluster, other, url)
    await asyncio.gather(first, second)
    assert origin.times_asked("/cat.jpg") == 1


async def test_a_download_that_is_given_up_is_left_to_others(cluster: FetchCluster, origin: Origin) -> None:
    """At once: canceled tasks give the lease back."""
    be_patient(cluster)
    with released() as release:
        url = origin.serve("/cat.jpg", in_turn(held(body(JPEG), release), body(JPEG)))
        one, other = await cluster.worker(), await cluster.worker()
        first = start(cluster, one, url)
        await asked(origin, "/cat.jpg")
        second = start(cluster, other, url)
        await awaited(cluster)
        first.cancel()
        async with asyncio.timeout(3):
            assert (await second).size_bytes == len(JPEG)
    assert origin.times_asked("/cat.jpg") == 2


async def test_who_finds_no_seat_comes_back_later(cluster: FetchCluster, origin: Origin) -> None:
    """Whether the source is being downloaded here or elsewhere, or its host has no turn left."""
    be_patient(cluster)
    one, other = await cluster.worker(seats=1, host_concurrency=1), await cluster.worker(seats=0)
    with released() as release:
        url = origin.serve("/cat.jpg", held(body(JPEG), release))
        first = start(cluster, one, url)
        await asked(origin, "/cat.jpg")
        waiting = start(cluster, one, url)
        await asyncio.sleep(0)
        for worker, wanted in ((one, url), (other, url), (one, origin.serve("/dog.jpg", body(JPEG)))):
            with pytest.raises(Postponed):
                await worker.fetch(wanted, cluster.new_path())
        release.set()
        assert [(await each).size_bytes for each in (first, waiting)] == [len(JPEG)] * 2
    assert (await one.fetch(origin.url("/dog.jpg"), cluster.new_path())).size_bytes == len(JPEG)


async def test_a_refresh_does_not_join_a_download_that_may_use_what_is_kept(
    cluster: FetchCluster, origin: Origin
) -> None:
    """In one worker, at the same moment."""
    url = origin.serve("/cat.jpg", body(JPEG, headers={"Cache-Control": "max-age=60"}))
    worker = await cluster.worker()
    await worker.fetch(url, cluster.new_path())
    await cluster.kept_files()
    await asyncio.gather(start(cluster, worker, url), start(cluster, worker, url, refresh=True))
    assert origin.times_asked("/cat.jpg") == 2


async def test_no_more_than_the_setting_is_downloaded_from_a_host_at_once(
    cluster: FetchCluster, origin: Origin
) -> None:
    """The rest follows as turns get free."""
    be_patient(cluster)
    worker = await cluster.worker(seats=8, host_concurrency=3)
    with released() as release:
        urls = [origin.serve(f"/{number}.jpg", held(body(JPEG), release)) for number in range(8)]
        fetching = [start(cluster, worker, url) for url in urls]

        async def three_asked() -> bool:
            return len(origin.requests) == 3

        await wait_until_async(three_asked)
        await asyncio.sleep(0.2)  # nothing more may come: there is no condition to wait for
        assert len(origin.requests) == 3
        release.set()
        await asyncio.gather(*fetching)
    assert len(origin.requests) == 8


async def test_a_time_out_of_one_is_the_time_out_of_those_who_wait(cluster: FetchCluster, origin: Origin) -> None:
    """Four workers on a silent source take one time-out together, not four."""
    url = origin.serve("/cat.jpg", late(body(JPEG)))
    workers = [await cluster.worker() for _ in range(4)]
    async with asyncio.timeout(2):
        fetching = [start(cluster, worker, url) for worker in workers]
        failures = await asyncio.gather(*fetching, return_exceptions=True)
    assert {type(failure) for failure in failures} == {SourceTimeout}
