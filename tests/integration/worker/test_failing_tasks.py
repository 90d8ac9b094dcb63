"""Sources that cannot be made into an image: each task fails with its own code, in time, and the worker goes on."""

import time
from collections.abc import Callable

import pytest

from pixelmill.domain.source import UploadSource
from pixelmill.domain.task import Status
from pixelmill.domain.transformation import Fit, Transformation
from pixelmill.store.keys import upload_key
from tests.support import answers
from tests.support.client import Client
from tests.support.origin import Origin
from tests.support.pictures import photo, png_header
from tests.support.wait import wait_until
from tests.support.worker_process import WorkerProcess

PHOTO = photo(400, 300, seed=3)
TASK_ID = "5f1c0d9e8b7a6f5e4d3c2b1a09f8e7d6"

LASTING: dict[str, tuple[Callable[[Origin], str], str]] = {
    "missing": (lambda origin: origin.url("/missing.jpg"), "source_not_found"),
    "forbidden": (lambda origin: origin.serve("/403.jpg", answers.failing(403)), "source_refused"),
    "text": (lambda origin: origin.serve("/text.jpg", answers.body(b"text " * 1000)), "source_not_an_image"),
    "svg": (lambda origin: origin.serve("/a.svg", answers.body(b"<svg></svg>")), "unsupported_format"),
    "endless": (lambda origin: origin.serve("/endless.jpg", answers.endless(PHOTO)), "source_too_large"),
    "bomb": (lambda origin: origin.serve("/bomb.png", answers.body(png_header(60_000, 60_000))), "too_many_pixels"),
    "truncated": (lambda origin: origin.serve("/half.jpg", answers.body(PHOTO[: len(PHOTO) // 2])), "corrupt_image"),
    "garbage": (lambda origin: origin.serve("/bad.jpg", answers.body(PHOTO[:20] + bytes(9000))), "corrupt_image"),
    "inside": (lambda origin: origin.url("/a.jpg").replace("127.0.0.1", "127.0.0.2"), "source_forbidden"),
    "port": (lambda _: "http://127.0.0.1:1/a.jpg", "source_forbidden"),
    "led-inside": (lambda origin: origin.serve("/led", answers.redirect("http://10.0.0.1/")), "source_forbidden"),
}

PASSING: dict[str, answers.Answer] = {
    "busy": answers.failing(503),
    "broken": answers.failing(500),
    "bad-gateway": answers.failing(502),
    "slow-gateway": answers.failing(504),
    "reset": answers.resetting(),
    "reset-half-way": answers.resetting(PHOTO[:500]),
    "cut": answers.lying(PHOTO[:500], content_length=len(PHOTO)),
    "mute": answers.late(answers.body(PHOTO)),
}

pytestmark = pytest.mark.usefixtures("worker")


@pytest.mark.parametrize("name", LASTING)
async def test_a_lasting_failure_ends_the_task_at_once(client: Client, origin: Origin, name: str) -> None:
    """One attempt, its own code, words for a person; and the next task is done."""
    source, code = LASTING[name]
    task = await client.run(source(origin))
    assert task.error is not None
    assert (task.status, task.error.code, task.attempts) == (Status.FAILED, code, 1)
    assert task.error.detail.endswith(".")
    fine = await client.run(origin.serve(f"/after-{name}.jpg", answers.body(PHOTO)))
    assert fine.status is Status.COMPLETED


async def test_a_missing_upload_fails_for_good(client: Client) -> None:
    """Its file was swept, or never came."""
    task = await client.run(UploadSource(sha256="0" * 64, size_bytes=1, key=upload_key("20261124T0430", 2 * TASK_ID)))
    assert task.error is not None
    assert task.error.code == "source_not_found"


async def test_a_task_without_any_possible_variant_fails(client: Client, origin: Origin) -> None:
    """With the error of its variants."""
    url = origin.serve("/tower.jpg", answers.body(photo(20, 800, seed=2)))
    task = await client.run(
        url, one=Transformation(width=8000, fit=Fit.INSIDE), two=Transformation(width=7000, fit=Fit.INSIDE)
    )
    assert task.error is not None
    assert (task.status, task.error.code) == (Status.FAILED, "impossible_transformation")


@pytest.mark.parametrize("name", PASSING)
async def test_a_passing_failure_is_tried_again(client: Client, origin: Origin, name: str) -> None:
    """The origin recovers, the task completes."""
    fails = PASSING[name]
    task = await client.run(origin.serve(f"/{name}.jpg", answers.in_turn(fails, fails, answers.body(PHOTO))))
    assert task.status is Status.COMPLETED
    assert task.attempts in ({2, 3} if name == "reset" else {3})  # a connection that was kept is tried anew at once
    assert origin.times_asked(f"/{name}.jpg") == 3


async def test_a_passing_failure_that_stays_ends_the_task(client: Client, origin: Origin) -> None:
    """Three attempts, then the caller reads that trying later may help."""
    task = await client.run(origin.serve("/stays.jpg", answers.failing(503)))
    assert task.error is not None
    assert (task.error.code, task.error.retryable, task.attempts) == ("source_unreachable", True, 3)
    assert origin.times_asked("/stays.jpg") == 3


async def test_a_silent_origin_ends_within_its_limits(client: Client, origin: Origin) -> None:
    """Three attempts of 1 s each and the pauses between."""
    start = time.monotonic()
    task = await client.run(origin.serve("/silent.jpg", answers.late(answers.body(PHOTO))))
    assert task.error is not None
    assert (task.error.code, task.error.retryable, task.attempts) == ("source_timeout", True, 3)
    assert time.monotonic() - start < 10


def test_nothing_is_left_behind(worker: WorkerProcess) -> None:
    """After all of that: the same process, no execution's folder, no download, nothing on a child's desk."""
    assert worker.process.poll() is None
    (scratch,) = worker.scratch.iterdir()
    wait_until(lambda: not any(path.is_file() for path in scratch.rglob("*")))
    assert {path.name.partition("-")[0] for path in scratch.iterdir()} == {"downloads", "child"}
    assert list((worker.store / "unfinished").iterdir()) == []
    assert worker.metric('pixelmill_tasks_total{code="too_many_pixels",status="failed"}') == 1
    assert worker.metric('pixelmill_attempts_failed_total{code="source_timeout"}') == 5
    assert worker.metric('pixelmill_fetch_failures_total{code="source_too_large"}') == 1


@pytest.mark.parametrize("status", [408, 425, 429, 500, 503])
async def test_a_busy_origin_is_asked_again_when_it_says_so(client: Client, origin: Origin, status: int) -> None:
    """Not before; then the task completes."""
    busy = answers.failing(status, headers={"Retry-After": "1"})
    url = origin.serve(f"/busy-{status}.jpg", answers.in_turn(busy, answers.body(PHOTO)))
    started = time.monotonic()
    task = await client.run(url)
    assert (task.status, task.attempts) == (Status.COMPLETED, 2)
    assert time.monotonic() - started >= 1
    assert origin.times_asked(f"/busy-{status}.jpg") == 2


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
async def test_an_origin_that_says_no_is_not_asked_again(client: Client, origin: Origin, status: int) -> None:
    """Nor for another size, for a minute."""
    url = origin.serve(f"/no-{status}.jpg", answers.failing(status, headers={"Retry-After": "1"}))
    for width in (50, 60):
        task = await client.run(url, image=Transformation(width=width))
        assert (task.status, task.attempts) == (Status.FAILED, 1)
    assert origin.times_asked(f"/no-{status}.jpg") == 1
