"""`GET /resize` over real HTTP: images for web pages and caches."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import httpx
import pytest

from pixelmill.client.resize_url import resize_url
from tests.support.api_server import ApiServer
from tests.support.toy_worker import HELD, MISSING, ToyWorker
from tests.support.wait import wait_until

CURRENT_KEY: Final = "the current key of this service"
OLD_KEY: Final = "the key it had before"
CHROME: Final = {"Accept": "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"}


@pytest.fixture
def source(request: pytest.FixtureRequest) -> str:
    """A source of this test's own."""
    return f"https://example.com/{request.node.name}"


def test_the_image_is_redirected_to_when_it_is_made(http: httpx.Client, worker: ToyWorker, source: str) -> None:
    """It may be cached as long as the result lives, and the same URL finds it again."""
    answer = http.get("/resize", params={"image_url": source, "width": 100, "format": "webp"})
    assert answer.status_code == httpx.codes.FOUND
    assert answer.headers["Location"].startswith("/images/")
    age = int(answer.headers["Cache-Control"].removeprefix("public, max-age="))
    assert 3500 < age <= 3600
    assert "Vary" not in answer.headers
    again = http.get("/resize", params={"width": 100, "image_url": source, "format": "webp"})
    assert again.headers["Location"] == answer.headers["Location"]


def test_it_is_the_task_that_a_submission_makes(http: httpx.Client, worker: ToyWorker, source: str) -> None:
    """With every kind of parameter."""
    flat = {"width": "100", "crop": "1,2,30,40", "position": "0.3,0.7", "flip": "true", "dpr": "1.5", "format": "webp"}
    answer = http.get("/resize", params={"image_url": source} | flat)
    spelled = {"width": 100, "crop": {"left": 1, "top": 2, "width": 30, "height": 40}, "position": {"x": 0.3, "y": 0.7}}
    submitted = http.post(
        "/queue-task",
        json={"image_url": source, "parameters": spelled | {"flip": True, "dpr": 1.5, "format": "webp"}},
    )

    assert submitted.json()["cached"] is True
    assert submitted.json()["result"]["variants"]["image"]["url"] == answer.headers["Location"]


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [("image/webp,*/*", "webp"), (CHROME["Accept"], "avif"), ("image/avif;q=0,image/webp", "webp"), ("*/*", "source")],
)
def test_the_caller_may_choose_the_format(
    http: httpx.Client, worker: ToyWorker, source: str, accept: str, wanted: str
) -> None:
    """By naming it in `Accept`, which caches are told."""
    answer = http.get("/resize", params={"image_url": source, "width": 100}, headers={"Accept": accept})
    submitted = http.post("/queue-task", json={"image_url": source, "parameters": {"width": 100, "format": wanted}})

    assert answer.headers["Vary"] == "Accept"
    assert submitted.json()["cached"] is True


def test_a_format_that_makes_no_sense_is_not_chosen(http: httpx.Client, worker: ToyWorker, source: str) -> None:
    """AVIF has no frames here."""
    http.get("/resize", params={"image_url": source, "width": 100, "frames": 3}, headers=CHROME)
    wanted = {"width": 100, "frames": 3, "format": "webp"}

    assert http.post("/queue-task", json={"image_url": source, "parameters": wanted}).json()["cached"] is True


def test_a_source_that_fails_is_a_problem(http: httpx.Client, worker: ToyWorker) -> None:
    """With the code of the failure, and never cached."""
    answer = http.get("/resize", params={"image_url": f"{MISSING}resize", "width": 100})
    assert answer.json()["code"] == "source_not_found"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_an_image_that_takes_too_long_is_asked_for_again(api: ApiServer, tmp_path: Path, worker: ToyWorker) -> None:
    """503 says when; the task goes on."""
    with (
        ApiServer(**api.servers, folder=tmp_path, PIXELMILL_API_MAX_WAIT_SECONDS="0.2") as impatient,
        httpx.Client(base_url=impatient.url, timeout=15) as http,
    ):
        query = {"image_url": f"{HELD}resize", "width": "100"}
        answer = http.get("/resize", params=query)
        assert (answer.status_code, answer.json()["code"]) == (503, "result_pending")
        assert answer.headers["Retry-After"] == "1"
        for _ in range(3):
            worker.step()
        wait_until(lambda: http.get("/resize", params=query).status_code == httpx.codes.FOUND)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("width=100", "image_url"),
        ("image_url=https://a/&width=wide", "width"),
        ("image_url=https://a/&width=9000", "width"),
        ("image_url=https://a/&width=1&crop=1,2", "crop"),
        ("image_url=https://a/&width=1&flip=yes", "flip"),
        ("image_url=https://a/&widht=1", "widht"),
        ("image_url=https://a/&width=1&width=2", "width"),
        ("image_url=file:///etc/passwd&width=1", "image_url"),
        ("image_url=https://a/&width=1&expires=soon", "expires"),
    ],
)
def test_a_wrong_parameter_is_named(http: httpx.Client, query: str, field: str) -> None:
    """As in a body."""
    answer = http.get(f"/resize?{query}")

    assert answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert field in {error["field"] for error in answer.json()["errors"]}


# --- signatures ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def strict(api: ApiServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    """An api with signing keys."""
    with ApiServer(
        **api.servers,
        folder=tmp_path_factory.mktemp("strict"),
        PIXELMILL_API_SIGNING_KEYS=f"{CURRENT_KEY},{OLD_KEY}",
    ) as server:
        yield server


@pytest.mark.parametrize("key", [CURRENT_KEY, OLD_KEY])
def test_a_signed_url_is_served(strict: ApiServer, worker: ToyWorker, source: str, key: str) -> None:
    """With the current key and with those before, until it expires."""
    tomorrow = datetime.now(UTC) + timedelta(days=1)

    for url in (
        resize_url(strict.url, source, key=key, width=100, position={"x": 0.5, "y": 0.25}),
        resize_url(strict.url, source, key=key, expires_at=tomorrow, width=100, background="#ff0000"),
    ):
        assert httpx.get(url).status_code == httpx.codes.FOUND


def test_a_url_without_a_good_signature_is_refused(strict: ApiServer, source: str) -> None:
    """None, another key's, and one whose query was changed."""
    signed = resize_url(strict.url, source, key=CURRENT_KEY, width=100)
    for url in (
        resize_url(strict.url, source, width=100),
        resize_url(strict.url, source, key="not a key of this service", width=100),
        signed.replace("width=100", "width=101"),
        signed.replace("width=100", "height=9&width=100"),
        signed[:-1],
    ):
        answer = httpx.get(url)
        assert (answer.status_code, answer.json()["code"]) == (403, "invalid_signature")


def test_an_expired_url_is_refused(strict: ApiServer, source: str) -> None:
    """By its own code."""
    yesterday = datetime.now(UTC) - timedelta(days=1)
    answer = httpx.get(resize_url(strict.url, source, key=CURRENT_KEY, expires_at=yesterday, width=100))

    assert (answer.status_code, answer.json()["code"]) == (403, "signature_expired")


def test_keys_are_not_logged(strict: ApiServer, worker: ToyWorker, source: str) -> None:
    """Nor what they signed."""
    httpx.get(resize_url(strict.url, source, key=CURRENT_KEY, width=100, blur=1.5))

    log = strict.log.read_text()
    assert CURRENT_KEY not in log
    assert "signature=" not in log
