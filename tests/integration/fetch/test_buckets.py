"""Sources in buckets: read with the operator's keys, within the limits of any source, from allowed buckets alone."""

import asyncio
from collections.abc import Callable

import httpx
import pytest

from pixelmill.domain.errors import (
    PixelmillError,
    SourceForbidden,
    SourceNotAnImage,
    SourceNotFound,
    SourceRefused,
    SourceTimeout,
    SourceTooLarge,
    SourceUnreachable,
)
from pixelmill.domain.source import ImageFormat
from pixelmill.domain.source_url import normalize_source_url
from pixelmill.settings import FetchSettings, SettingsError
from pixelmill.store.source_buckets import SourceBuckets
from tests.support import answers
from tests.support.answers import Answer
from tests.support.fetch_cluster import FetchCluster
from tests.support.origin import Origin
from tests.support.s3_server import BUCKET, S3Server

JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 1000
OTHER = b"\xff\xd8\xff\xe0" + bytes(7000)
Put = Callable[[str, bytes], str]


@pytest.fixture
def bucket_cluster(cluster: FetchCluster, monkeypatch: pytest.MonkeyPatch, s3_server: S3Server) -> FetchCluster:
    """Workers that may read from the bucket of the real server."""
    lead_to(s3_server, monkeypatch)
    return allowing(cluster, first_byte_seconds=5.0, total_seconds=10.0)


def lead_to(server: S3Server, monkeypatch: pytest.MonkeyPatch, endpoint: str | None = None) -> None:
    for name, value in server.environment(endpoint).items():
        monkeypatch.setenv(name, value)


def allowing(cluster: FetchCluster, **changes: object) -> FetchCluster:
    cluster.settings = cluster.settings.model_copy(update={"allowed_buckets": (f"s3://{BUCKET}",), **changes})
    return cluster


@pytest.fixture
def put(s3_server: S3Server) -> Put:
    """Put an object; returns its URL as a caller writes it."""

    def put(key: str, content: bytes) -> str:
        httpx.put(s3_server.signed("PUT", key), content=content).raise_for_status()
        return normalize_source_url(f"s3://{BUCKET}/{key.replace('%', '%25').replace('?', '%3F').replace('#', '%23')}")

    return put


async def fetch(cluster: FetchCluster, url: str) -> bytes:
    """By a worker that has never seen it, when the one before has kept it."""
    path = cluster.new_path()
    fetched = await (await cluster.worker()).fetch(url, path)
    assert fetched.format is ImageFormat.JPEG
    await cluster.kept_files()
    return path.read_bytes()


@pytest.mark.parametrize("key", ["sources/cat.jpg", "sources/ü and b.jpg", "sources/100%41.jpg", "sources/a?b#c.jpg"])
async def test_an_object_is_fetched_unchanged(bucket_cluster: FetchCluster, put: Put, key: str) -> None:
    """Whatever it is called."""
    assert await fetch(bucket_cluster, put(key, JPEG)) == JPEG


async def test_an_object_is_asked_about_before_it_is_used_again(bucket_cluster: FetchCluster, put: Put) -> None:
    """Unchanged, what is kept is used; changed, what is new."""
    url = put("sources/changing.jpg", JPEG)
    assert [await fetch(bucket_cluster, url) for _ in range(2)] == [JPEG] * 2
    (file,) = await bucket_cluster.kept_files()
    file.write_bytes(file.read_bytes()[:-1] + b"!")  # the same size: it shows which bytes were used
    assert (await fetch(bucket_cluster, url))[-1:] == b"!"
    put("sources/changing.jpg", OTHER)
    assert await fetch(bucket_cluster, url) == OTHER


async def test_only_buckets_that_are_allowed_are_read(cluster: FetchCluster, s3_server: S3Server) -> None:
    """By default none; one that is allowed opens no other, nor the same name elsewhere."""
    worker = await cluster.worker()
    with pytest.raises(SourceForbidden, match="not one that may be read from"):
        await worker.fetch(f"s3://{BUCKET}/a.jpg", cluster.new_path())
    worker = await allowing(cluster).worker()
    for url in ("s3://other/a.jpg", f"s3://{BUCKET}2/a.jpg", f"gs://{BUCKET}/a.jpg", f"az://{BUCKET}/a.jpg"):
        with pytest.raises(SourceForbidden, match="not one that may be read from"):
            await worker.fetch(url, cluster.new_path())


async def test_a_missing_object_is_not_found(bucket_cluster: FetchCluster) -> None:
    """At once, as a 404 is."""
    with pytest.raises(SourceNotFound, match="no such object"):
        await fetch(bucket_cluster, f"s3://{BUCKET}/nothing.jpg")


async def test_wrong_keys_are_refused(bucket_cluster: FetchCluster, put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    """The caller learns that the service may not, and nothing of the keys."""
    url = put("sources/secret.jpg", JPEG)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    with pytest.raises(SourceRefused) as refusal:
        await fetch(bucket_cluster, url)
    assert "wrong" not in refusal.value.detail
    assert "http" not in refusal.value.detail


MISBEHAVIOR: dict[str, tuple[Answer, type[PixelmillError], str]] = {
    "silent": (answers.late(answers.body(JPEG)), SourceTimeout, "took too long"),
    "stalls": (answers.stalling(JPEG, announced_bytes=len(JPEG) + 1), SourceTimeout, "took too long"),
    "drips": (answers.dripping(JPEG, seconds_between_bytes=0.01), SourceTimeout, "took too long"),
    "announces too much": (answers.stalling(JPEG, announced_bytes=2_000_000), SourceTooLarge, "1.9 MiB"),
    "sends less than announced": (answers.lying(JPEG, content_length=len(JPEG) + 1), SourceUnreachable, "be read"),
    "resets": (answers.resetting(JPEG), SourceUnreachable, "could not be read"),
    "is broken": (answers.failing(500), SourceUnreachable, "could not be read"),
    "is busy": (answers.failing(503), SourceUnreachable, "could not be read"),
    "speaks no HTTP": (answers.raw(b"220 mail.example ESMTP\r\n\r\n"), SourceUnreachable, "could not be read"),
    "has no image": (answers.body(b"text " * 1000), SourceNotAnImage, "does not begin like an image"),
    "is forbidden": (answers.failing(403), SourceRefused, "may not read"),
}


@pytest.mark.parametrize("name", MISBEHAVIOR)
async def test_misbehavior_ends_in_time_with_its_own_error(
    cluster: FetchCluster, origin: Origin, s3_server: S3Server, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """An object store is trusted with keys, not to answer; it is asked once, the queue asks again."""
    answer, kind, words = MISBEHAVIOR[name]
    lead_to(s3_server, monkeypatch, origin.url(""))
    origin.serve(f"/{BUCKET}/cat.jpg", with_object_headers(answer))
    worker = await allowing(cluster).worker()
    path = cluster.new_path()
    async with asyncio.timeout(3):
        with pytest.raises(kind, match=words):
            await worker.fetch(f"s3://{BUCKET}/cat.jpg", path)
    assert not path.exists()
    assert origin.times_asked(f"/{BUCKET}/cat.jpg") == 1


def with_object_headers(answer: Answer) -> Answer:
    """As an object store would: it always tells what an object is and when it was written."""
    told = b'\r\nLast-Modified: Tue, 24 Nov 2026 04:30:00 GMT\r\nETag: "a"\r\n'

    async def answer_with_headers(request: answers.Request, writer: asyncio.StreamWriter) -> None:
        write = writer.write

        def write_with_headers(data: bytes) -> None:
            status, _, rest = data.partition(b"\r\n")
            write(status + told + rest if status.startswith(b"HTTP/1.1 200") else data)

        writer.write = write_with_headers  # type: ignore[assignment,method-assign] # answers write nothing but bytes
        await answer(request, writer)

    return answer_with_headers


def test_a_bucket_that_cannot_be_opened_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the start, not by the first task."""
    monkeypatch.delenv("AZURE_STORAGE_ACCOUNT_NAME", raising=False)
    with pytest.raises(SettingsError, match=r"PIXELMILL_FETCH_ALLOWED_BUCKETS: .* az://photos"):
        SourceBuckets(FetchSettings(allowed_buckets=("az://photos",)))


@pytest.mark.parametrize("bucket", ["photos", "s3://", "s3://Photos", "s3://photos/", "s3://photos/a", "http://photos"])
def test_what_is_no_bucket_is_refused(bucket: str) -> None:
    """A prefix is none: a bucket is allowed as a whole."""
    with pytest.raises(ValueError, match="expected buckets such as s3://photos"):
        FetchSettings.model_validate({"allowed_buckets": bucket})
