"""A source that was fetched is used for other sizes, for as long as its origin lets it."""

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from redis.asyncio import Redis

from pixelmill.domain.errors import SourceNotFound
from pixelmill.fetch.source_index import ENTRY_BYTES
from pixelmill.store.keys import Kind
from tests.support.answers import body, failing, redirect, validating
from tests.support.fetch_cluster import FetchCluster
from tests.support.origin import Origin

JPEG = b"\xff\xd8\xff\xe0" + bytes(5000)
OTHER = b"\xff\xd8\xff\xe0" + bytes(7000)
FRESH = {"Cache-Control": "max-age=60"}


def ago(**time: float) -> str:
    return format_datetime(datetime.now(UTC) - timedelta(**time), usegmt=True)


async def fetch(cluster: FetchCluster, url: str, *, refresh: bool = False) -> bytes:
    """By a worker that has never seen the source, when the one before has kept it."""
    path = cluster.new_path()
    fetched = await (await cluster.worker()).fetch(url, path, refresh=refresh)
    content = path.read_bytes()
    assert fetched.size_bytes == len(content)
    await cluster.kept_files()
    return content


async def test_a_fresh_source_is_used_without_asking(cluster: FetchCluster, origin: Origin) -> None:
    """By every worker."""
    url = origin.serve("/cat.jpg", body(JPEG, headers=FRESH))
    assert [await fetch(cluster, url) for _ in range(3)] == [JPEG] * 3
    assert origin.times_asked("/cat.jpg") == 1


@pytest.mark.parametrize("validators", [{"ETag": '"a"'}, {"ETag": 'W/"a"'}, {"Last-Modified": ago(days=5)}])
async def test_a_stale_source_is_asked_about(cluster: FetchCluster, origin: Origin, validators: dict[str, str]) -> None:
    """By what its origin said of it; unchanged, it is not sent again."""
    url = origin.serve("/cat.jpg", validating(JPEG, {**validators, "Cache-Control": "max-age=0"}))
    assert [await fetch(cluster, url) for _ in range(3)] == [JPEG] * 3
    assert [len(request.headers) - 4 for request in origin.requests] == [0, 1, 1]
    assert len(await cluster.kept_files()) == 1


async def test_a_source_that_has_changed_replaces_the_old_one(cluster: FetchCluster, origin: Origin) -> None:
    """Also its file."""
    url = origin.serve("/cat.jpg", validating(JPEG, {"ETag": '"a"'}))
    await fetch(cluster, url)
    origin.serve("/cat.jpg", validating(OTHER, {"ETag": '"b"'}))
    assert [await fetch(cluster, url) for _ in range(2)] == [OTHER, OTHER]
    (file,) = await cluster.kept_files()
    assert file.read_bytes() == OTHER


async def test_an_unchanged_source_is_as_fresh_as_its_origin_says_now(cluster: FetchCluster, origin: Origin) -> None:
    """The headers of a 304 count."""
    url = origin.serve("/cat.jpg", validating(JPEG, {"ETag": '"a"'}))
    await fetch(cluster, url)
    origin.serve("/cat.jpg", validating(JPEG, {"ETag": '"a"', **FRESH}))
    for _ in range(3):
        assert await fetch(cluster, url) == JPEG
    assert origin.times_asked("/cat.jpg") == 2


@pytest.mark.parametrize("headers", [{}, {"Cache-Control": "no-store", "ETag": '"a"'}, {"Cache-Control": "private"}])
async def test_what_may_not_be_used_again_is_not_kept(
    cluster: FetchCluster, origin: Origin, headers: dict[str, str]
) -> None:
    """Because its origin says so, or because there is no way to ask about it."""
    url = origin.serve("/cat.jpg", body(JPEG, headers=headers))
    await fetch(cluster, url)
    assert await cluster.kept_files() == []
    await fetch(cluster, url)
    assert origin.times_asked("/cat.jpg") == 2


async def test_refresh_asks_however_fresh_the_source_is(cluster: FetchCluster, origin: Origin) -> None:
    """What comes is kept for the others."""
    url = origin.serve("/cat.jpg", body(JPEG, headers=FRESH))
    await fetch(cluster, url)
    origin.serve("/cat.jpg", body(OTHER, headers=FRESH))
    assert await fetch(cluster, url) == JPEG
    assert await fetch(cluster, url, refresh=True) == OTHER
    assert await fetch(cluster, url) == OTHER


async def test_no_source_is_used_unasked_for_longer_than_the_setting(cluster: FetchCluster, origin: Origin) -> None:
    """Whatever its origin allows; here it was unchanged for 100 days, which makes it fresh for a week."""
    url = origin.serve(
        "/cat.jpg", validating(JPEG, {"Last-Modified": ago(days=100), "Cache-Control": "max-age=31536000"})
    )
    await fetch(cluster, url)
    await fetch(cluster, url)
    assert origin.times_asked("/cat.jpg") == 1
    impatient = await cluster.worker(cache_life_seconds=0)
    await impatient.fetch(url, cluster.new_path())
    assert origin.times_asked("/cat.jpg") == 2
    assert "if-modified-since" in origin.requests[-1].headers


async def test_a_redirect_is_followed_each_time_and_its_target_is_asked_about(
    cluster: FetchCluster, origin: Origin
) -> None:
    """It may lead elsewhere by now. Conditions are for the one who set them."""
    origin.serve("/cat.jpg", validating(JPEG, {"ETag": '"a"'}))
    url = origin.serve("/old.jpg", redirect("/cat.jpg"))
    await fetch(cluster, url)
    assert await fetch(cluster, url) == JPEG
    origin.serve("/other.jpg", body(OTHER))
    origin.serve("/old.jpg", redirect("/other.jpg"))
    assert await fetch(cluster, url) == OTHER
    asked = [(request.path, request.headers.get("if-none-match")) for request in origin.requests]
    assert asked == [
        ("/old.jpg", None),
        ("/cat.jpg", None),
        ("/old.jpg", None),
        ("/cat.jpg", '"a"'),
        ("/old.jpg", None),
        ("/other.jpg", None),
    ]


async def test_a_redirected_source_is_not_used_unasked(cluster: FetchCluster, origin: Origin) -> None:
    """That its target is fresh does not say that it is the target still."""
    origin.serve("/cat.jpg", body(JPEG, headers=FRESH))
    url = origin.serve("/old.jpg", redirect("/cat.jpg"))
    await fetch(cluster, url)
    origin.serve("/other.jpg", body(OTHER))
    origin.serve("/old.jpg", redirect("/other.jpg"))
    assert await fetch(cluster, url) == OTHER


@pytest.mark.parametrize("headers", [FRESH, {"ETag": '"a"'}])
async def test_a_file_that_is_gone_or_cut_costs_a_download(
    cluster: FetchCluster, origin: Origin, headers: dict[str, str]
) -> None:
    """And is replaced by it."""
    url = origin.serve("/cat.jpg", validating(JPEG, headers) if "ETag" in headers else body(JPEG, headers=headers))
    await fetch(cluster, url)
    (file,) = await cluster.kept_files()
    file.unlink()
    assert await fetch(cluster, url) == JPEG
    (file,) = await cluster.kept_files()
    file.write_bytes(JPEG[:100])
    assert await fetch(cluster, url) == JPEG
    (file,) = await cluster.kept_files()
    assert file.read_bytes() == JPEG


async def test_what_was_used_least_lately_goes_when_it_gets_too_much(cluster: FetchCluster, origin: Origin) -> None:
    """Used counts, not fetched; the bound holds after every fetch."""
    bound = 3 * (len(JPEG) + ENTRY_BYTES)
    cluster.settings = cluster.settings.model_copy(update={"cache_bytes": bound})
    urls = [origin.serve(f"/{number}.jpg", body(JPEG, headers=FRESH)) for number in range(4)]
    index = await cluster.index()
    for url in (*urls[:3], urls[0], urls[3]):
        await fetch(cluster, url)
        assert await index.size_bytes() <= bound
    assert len(await cluster.kept_files()) == 3
    for url in (urls[0], urls[2], urls[3]):
        await fetch(cluster, url)
    assert len(origin.requests) == 4
    await fetch(cluster, urls[1])
    assert len(origin.requests) == 5


async def test_a_source_larger_than_the_bound_is_not_kept(cluster: FetchCluster, origin: Origin) -> None:
    """It would drive out all others, and itself."""
    cluster.settings = cluster.settings.model_copy(update={"cache_bytes": len(JPEG) + ENTRY_BYTES})
    await fetch(cluster, origin.serve("/small.jpg", body(JPEG, headers=FRESH)))
    await fetch(cluster, origin.serve("/large.jpg", body(OTHER, headers=FRESH)))
    (file,) = await cluster.kept_files()
    assert file.read_bytes() == JPEG


async def test_a_lasting_failure_answers_for_a_minute(cluster: FetchCluster, origin: Origin, redis_url: str) -> None:
    """For other sizes, too; not when the origin is to be asked."""
    url = origin.serve("/cat.jpg", failing(404))
    for _ in range(3):
        with pytest.raises(SourceNotFound, match="404"):
            await fetch(cluster, url)
    assert origin.times_asked("/cat.jpg") == 1
    async with Redis.from_url(redis_url) as redis:
        (key,) = await redis.keys("pixelmill:sources:failed:*")
        assert 50 < await redis.ttl(key) <= 60
    origin.serve("/cat.jpg", body(JPEG))
    assert await fetch(cluster, url, refresh=True) == JPEG
    assert await fetch(cluster, url) == JPEG


async def test_without_redis_sources_are_downloaded(cluster: FetchCluster, origin: Origin) -> None:
    """The cache saves work; nothing depends on it."""
    cluster.redis_url = "unix:///nowhere.sock"
    worker = await cluster.worker()
    async with asyncio.timeout(10):
        fetched = await worker.fetch(origin.serve("/cat.jpg", body(JPEG, headers=FRESH)), cluster.new_path())
    assert fetched.size_bytes == len(JPEG)


async def test_without_the_store_sources_are_downloaded(cluster: FetchCluster, origin: Origin, tmp_path: Path) -> None:
    """As above; nothing half written is ever used."""
    sources = tmp_path / "store" / Kind.SOURCES
    sources.rmdir()
    sources.write_text("in the way")
    url = origin.serve("/cat.jpg", body(JPEG, headers=FRESH))
    for _ in range(2):
        path = cluster.new_path()
        await (await cluster.worker()).fetch(url, path)
        assert path.read_bytes() == JPEG
