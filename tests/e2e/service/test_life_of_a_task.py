"""What the service is for, told from outside: submit, follow, fetch, find again. A newcomer may start reading here."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from pixelmill.client.client import Client
from pixelmill.domain.task import Status, Task
from pixelmill.domain.transformation import Transformation
from pixelmill.domain.variant import Variant
from tests.support.answers import body, endless
from tests.support.pictures import photo, png_header
from tests.support.service import Service
from tests.support.wait import wait_until

WAIT_SECONDS = 60.0


@pytest.fixture
def client(service: Service) -> Iterator[Client]:
    with Client(service.base_url) as client:
        yield client


@pytest.fixture
def http(service: Service) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=service.base_url, timeout=30) as http:
        yield http


def finished(client: Client, task: Task) -> Task:
    return client.wait(task, WAIT_SECONDS)


def variant_of(task: Task, name: str = "image") -> Variant:
    assert task.result is not None, task
    variant = task.result.variants[name]
    assert isinstance(variant, Variant)
    return variant


def test_an_uploaded_photo_is_resized_and_served(client: Client, http: httpx.Client, tmp_path: Path) -> None:
    """Submit a file, wait, fetch: the picture has the size that was asked, and may be cached for ever."""
    source = tmp_path / "photo.jpg"
    source.write_bytes(photo(1600, 1200, seed=1))

    task = finished(client, client.submit(source, width=320, height=200, format="webp"))
    response = http.get(variant_of(task).url)

    with Image.open(io.BytesIO(response.content)) as picture:
        assert (picture.format, picture.size) == ("WEBP", (320, 200))
    assert response.headers["content-type"] == "image/webp"
    assert "immutable" in response.headers["cache-control"]
    assert len(response.content) == variant_of(task).bytes


def test_a_submission_is_answered_before_the_work_is_done(http: httpx.Client) -> None:
    """The 202 names the task and where to follow it."""
    response = http.post(
        "/queue-task",
        files={"image": ("a.jpg", photo(3000, 2000, seed=2))},
        data={"task": json.dumps({"parameters": {"width": 64}})},
    )

    assert response.status_code == httpx.codes.ACCEPTED
    assert response.headers["location"] == f"/task-status/{response.json()['task_id']}"
    assert response.json()["status"] == "pending"


def test_the_same_request_is_answered_from_the_cache(client: Client, service: Service) -> None:
    """An equal request gets the same task, with no second download and no second computation."""
    url = service.origin.serve("/cached.jpg", body(photo(800, 600, seed=3)))
    first = finished(client, client.submit(url, width=100))

    again = client.submit(url, width=100)

    assert (again.task_id, again.cached, again.status) == (first.task_id, True, Status.COMPLETED)
    assert again.result == first.result
    assert service.origin.times_asked("/cached.jpg") == 1


def test_one_task_makes_several_variants_of_one_download(client: Client, service: Service) -> None:
    """Variants have names, and each is what was asked under its name."""
    url = service.origin.serve("/several.jpg", body(photo(800, 600, seed=4)))
    variants = {
        "thumb": Transformation(width=80, height=80),
        "wide": Transformation(width=400, format="avif"),
        "still": Transformation(height=150, format="png"),
    }

    task = finished(client, client.submit(url, variants=variants))

    sizes = {name: (variant_of(task, name).width, variant_of(task, name).height) for name in variants}
    assert sizes == {"thumb": (80, 80), "wide": (400, 300), "still": (200, 150)}
    assert service.origin.times_asked("/several.jpg") == 1


def test_the_trail_tells_what_happened(client: Client, service: Service) -> None:
    """Every outcome is in the history, good or bad."""
    good = service.origin.serve("/trail.jpg", body(photo(200, 200, seed=5)))
    bad = service.origin.url("/no-such-picture.jpg")

    ended = {finished(client, client.submit(url, width=50)).task_id for url in (good, bad)}

    def recorded() -> dict[str, Status]:
        return {task.task_id: task.status for task in client.history() if task.task_id in ended}

    wait_until(lambda: sorted(recorded().values()) == [Status.COMPLETED, Status.FAILED], 10)


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/bad/missing.jpg", "source_not_found"),
        ("/bad/text.jpg", "source_not_an_image"),
        ("/bad/endless.jpg", "source_too_large"),
        ("/bad/bomb.png", "too_many_pixels"),
        ("/bad/half.jpg", "corrupt_image"),
    ],
)
def test_a_bad_source_fails_with_its_own_code(client: Client, service: Service, path: str, code: str) -> None:
    """The task says what is wrong with the source, and the service goes on."""
    service.origin.serve("/bad/text.jpg", body(b"This is no picture, whatever its name says.\n" * 20))
    service.origin.serve("/bad/endless.jpg", endless(photo(64, 64, seed=6)))
    service.origin.serve("/bad/bomb.png", body(png_header(60_000, 60_000)))
    service.origin.serve("/bad/half.jpg", body(photo(800, 600, seed=7)[:20_000]))

    task = finished(client, client.submit(service.origin.url(path), width=100))

    assert task.status is Status.FAILED
    assert task.error is not None
    assert (task.error.code, task.error.retryable) == (code, False)


@pytest.mark.parametrize("url", ["http://169.254.169.254/latest/meta-data", "http://[::ffff:10.0.0.1]/", "http://0/"])
def test_a_private_address_is_never_fetched(client: Client, url: str) -> None:
    """The service is no way into the network it runs in."""
    task = finished(client, client.submit(url, width=100))

    assert task.error is not None
    assert task.error.code == "source_forbidden"


@pytest.mark.parametrize(
    ("content", "kind", "status", "code"),
    [
        (b"{", "application/json", 400, "malformed_request"),
        (b'{"image_url": "https://a.example/b.jpg", "parameters": {"width": 0}}', "application/json", 422, ""),
        (b'{"image_url": 3, "parameters": {"width": 5}}', "application/json", 422, ""),
        (b'{"image_url": "https://a.example/b.jpg", "parameters": {"width": 5}, "x": 1}', "application/json", 422, ""),
        (b"width=5", "application/x-www-form-urlencoded", 415, "unsupported_media_type"),
        (b" " * 2_000_000, "application/json", 413, "request_too_large"),
    ],
)
def test_a_bad_request_is_refused_as_a_problem(
    http: httpx.Client, content: bytes, kind: str, status: int, code: str
) -> None:
    """Never a 500, never HTML: a problem with a code, and the field where there is one."""
    response = http.post("/queue-task", content=content, headers={"Content-Type": kind})

    problem: dict[str, Any] = response.json()
    assert response.headers["content-type"].startswith("application/problem+json")
    assert (response.status_code, problem["code"]) == (status, code or "invalid_request")
    assert bool(problem.get("errors")) is (code == "")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/task-status/" + "0" * 32, 404),
        ("GET", "/task-status/nonsense", 404),
        ("GET", "/no-such-route", 404),
        ("DELETE", "/queue-task", 405),
        ("GET", "/images/../data", 404),
        ("GET", "/images/20260101T0000/" + "0" * 32 + "/00000000/image.jpg", 404),
    ],
)
def test_whatever_is_not_there_is_a_problem_too(http: httpx.Client, method: str, path: str, status: int) -> None:
    """Routes, ids and files that do not exist are answered in the same form, by the api and by nginx."""
    response = http.request(method, path)

    assert response.status_code == status
    assert response.headers["content-type"].startswith("application/problem+json")
    assert response.json()["code"]


@pytest.mark.parametrize("path", ["/health", "/ready", "/metrics", "/openapi.json", "/docs", "/"])
def test_what_an_operator_opens_is_there(http: httpx.Client, path: str) -> None:
    """Health, metrics, the description of the API and the page answer through nginx."""
    assert http.get(path, follow_redirects=True).status_code == httpx.codes.OK
