"""`GET /images/…` as the api answers it: where results lie in a bucket, and where they lie in a folder."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from pixelmill.settings import StoreSettings
from pixelmill.store.keys import image_url_of, result_key
from pixelmill.store.store import Store
from tests.support.api_server import ApiServer
from tests.support.s3_server import Space

KEY = result_key("20261124T0430", "0123456789abcdef0123456789abcdef", "0a1b2c3d4e5f", "image.webp")
IMAGE = image_url_of(KEY)


@pytest.fixture
def bucket_api(
    package_redis_url: str, package_database_url: str, s3_space: Space, tmp_path: Path
) -> Iterator[ApiServer]:
    """An api whose store is in a bucket."""
    with ApiServer(
        redis_url=package_redis_url, database_url=package_database_url, folder=tmp_path / "api", **s3_space.environment
    ) as server:
        yield server


async def test_the_redirect_leads_to_the_bytes_for_whoever_follows_it(
    bucket_api: ApiServer, s3_space: Space, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For GET and HEAD, each by a signature of its own; nobody may keep it."""
    for name, value in s3_space.environment.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "image").write_bytes(b"image")
    await Store.open(StoreSettings(url=s3_space.url)).put_files({KEY: tmp_path / "image"})

    for method in ("GET", "HEAD"):
        answer = httpx.request(method, bucket_api.url + IMAGE)
        assert (answer.status_code, answer.content) == (httpx.codes.TEMPORARY_REDIRECT, b"")
        assert answer.headers["cache-control"] == "no-store"
        assert "X-Amz-Expires=300" in answer.headers["location"]
        found = httpx.request(method, answer.headers["location"])
        assert (found.status_code, found.headers["content-length"]) == (200, "5")
    assert httpx.get(bucket_api.url + "/ready").json()["checks"]["store"] == "ok"


@pytest.mark.parametrize(
    "path",
    [
        "/images/20261124T0430/x/y/z.png",
        IMAGE.replace("image.webp", "..%2Fimage.webp"),
        IMAGE.replace("image.webp", "image.webp?x=y").replace("0430", "043"),
        "/images/uploads/20261124T0430/0123456789abcdef0123456789abcdef/x",
    ],
)
def test_nothing_but_a_result_is_signed(bucket_api: ApiServer, path: str) -> None:
    """What a path says never shapes a key."""
    answer = httpx.get(bucket_api.url + path)
    assert (answer.status_code, answer.json()["code"]) == (404, "route_not_found")


def test_a_folder_is_nobodys_but_nginx(http: httpx.Client) -> None:
    """The api has no bytes to give."""
    answer = http.get(IMAGE)
    assert (answer.status_code, answer.json()["code"]) == (404, "route_not_found")
