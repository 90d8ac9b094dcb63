"""What a worker makes of tasks: files, the task, the trail, metrics."""

import asyncio
import base64
import hashlib
import json
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from pixelmill.audit.trail import Trail
from pixelmill.domain.markup import markup_of
from pixelmill.domain.source import ImageFormat, UploadSource, UrlSource
from pixelmill.domain.task import Stage, Status, Task, Work, new_acceptance_id
from pixelmill.domain.transformation import Fit, Placeholder, Transformation
from pixelmill.domain.variant import FailedVariant, Variant
from pixelmill.settings import AuditSettings, StoreSettings
from pixelmill.store.keys import upload_key
from pixelmill.store.store import Store
from tests.support.answers import body, held
from tests.support.client import Client, connected
from tests.support.origin import Origin
from tests.support.pictures import photo, size_of
from tests.support.s3_server import BUCKET, S3Server
from tests.support.tasks import a_task_id
from tests.support.wait import wait_until, wait_until_async
from tests.support.worker_process import WorkerProcess, running_worker

PHOTO = photo(800, 600, seed=1)
TASK_ID = "5f1c0d9e8b7a6f5e4d3c2b1a09f8e7d6"
FileOf = Callable[[str], Path]

pytestmark = pytest.mark.usefixtures("worker")


def variant_of(task: Task, name: str = "image") -> Variant:
    assert task.result is not None, task.error
    variant = task.result.variants[name]
    assert isinstance(variant, Variant), variant
    return variant


def test_a_worker_says_by_what_its_children_are_confined(worker: WorkerProcess) -> None:
    """When it starts, and of each layer: a layer that is missing is an operator's affair."""
    events = [json.loads(line) for line in worker.log.read_text().splitlines()]
    [started] = [event for event in events if event["event"] == "sandbox_started"]

    assert started["level"] == "info"
    assert started["limits"].startswith("files of 512 MiB")
    assert {"limits", "privileges", "files", "calls"} <= started.keys()


async def test_a_source_becomes_an_image(client: Client, origin: Origin, file_of: FileOf) -> None:
    """The file is where the task says, with the size, digest and dimensions it says."""
    url = origin.serve("/photo.jpg", body(PHOTO))
    task = await client.run(url)
    variant = variant_of(task)
    content = file_of(variant.url).read_bytes()
    assert variant.url.endswith("/image.jpg")
    assert size_of(content) == (variant.width, variant.height) == (200, 150)
    assert (variant.bytes, variant.sha256) == (len(content), hashlib.sha256(content).hexdigest())


async def test_a_placeholder_comes_with_the_image_it_was_asked_for(client: Client, origin: Origin) -> None:
    """In the task, so that a page has it before the image; no other image has one."""
    task = await client.run(
        origin.serve("/hinted.jpg", body(PHOTO)),
        blur=Transformation(width=100, placeholder=Placeholder.BLURHASH),
        thumb=Transformation(width=100, placeholder=Placeholder.THUMBHASH),
        none=Transformation(width=100),
    )
    hints = {name: variant_of(task, name).placeholder for name in ("blur", "thumb", "none")}
    assert len(hints["blur"] or "") == 28
    assert 20 <= len(base64.b64decode(hints["thumb"] or "", validate=True)) <= 25
    assert hints["none"] is None


async def test_the_task_tells_about_its_source(client: Client, origin: Origin) -> None:
    """Format, size and digest of the source, and how long each stage took."""
    url = origin.serve("/told.jpg", body(PHOTO))
    task = await client.run(url)
    assert (task.source.image_url, task.source.format) == (url, ImageFormat.JPEG)
    assert (task.source.width, task.source.height, task.source.frames) == (800, 600, 1)
    assert (task.source.bytes, task.source.sha256) == (len(PHOTO), hashlib.sha256(PHOTO).hexdigest())
    assert task.timings_ms is not None
    assert None not in task.timings_ms.model_dump().values()


async def test_several_variants_come_from_one_download(client: Client, origin: Origin, file_of: FileOf) -> None:
    """Each has its own name, format and size."""
    task = await client.run(
        origin.serve("/several.jpg", body(PHOTO)),
        small=Transformation(width=100),
        square=Transformation(width=120, height=120, format="webp"),
        lossless=Transformation(height=90, format="png"),
    )
    assert size_of(file_of(variant_of(task, "small").url).read_bytes()) == (100, 75)
    assert size_of(file_of(variant_of(task, "square").url).read_bytes()) == (120, 120)
    assert size_of(file_of(variant_of(task, "lossless").url).read_bytes()) == (120, 90)
    assert variant_of(task, "square").url.endswith("/square.webp")
    assert origin.times_asked("/several.jpg") == 1


async def test_variants_that_come_out_alike_share_a_file(client: Client, origin: Origin, file_of: FileOf) -> None:
    """A source too small for two of three widths: both names lead to one image, stored once."""
    task = await client.run(
        origin.serve("/small.jpg", body(PHOTO)),
        **{f"w{width}": Transformation(width=width, without_enlargement=True) for width in (100, 900, 1000)},
    )
    assert variant_of(task, "w900") == variant_of(task, "w1000")
    assert (variant_of(task, "w900").width, variant_of(task, "w100").width) == (800, 100)
    stored = file_of(variant_of(task, "w900").url).parent.iterdir()
    assert {path.name for path in stored} == {"w100.jpg", "w900.jpg"}


async def test_an_upload_needs_no_origin(client: Client, worker: WorkerProcess, tmp_path: Path) -> None:
    """The source comes from the store."""
    (tmp_path / "upload").write_bytes(PHOTO)
    key = upload_key("20261124T0430", 2 * TASK_ID)
    await Store.open(StoreSettings(url=worker.store.as_uri())).put_files({key: tmp_path / "upload"})
    digest = hashlib.sha256(PHOTO).hexdigest()
    task = await client.run(UploadSource(sha256=digest, size_bytes=len(PHOTO), key=key))
    assert task.status is Status.COMPLETED
    assert (task.source.image_url, task.source.sha256) == (None, digest)


async def test_a_variant_that_cannot_be_made_fails_alone(client: Client, origin: Origin, file_of: FileOf) -> None:
    """The task completes with the others; the failed one carries its error."""
    tower = photo(20, 800, seed=2)
    task = await client.run(
        origin.serve("/tower.jpg", body(tower)),
        possible=Transformation(width=10),
        impossible=Transformation(width=8000, fit=Fit.INSIDE),
    )
    assert task.status is Status.COMPLETED
    assert task.result is not None
    failed = task.result.variants["impossible"]
    assert isinstance(failed, FailedVariant)
    assert failed.error.code == "impossible_transformation"
    assert file_of(variant_of(task, "possible").url).is_file()


async def test_markup_leaves_out_what_failed(client: Client, origin: Origin) -> None:
    """It has the variants that are there, and only where it was asked for."""
    variants = {
        "fine": Transformation(width=10, format="webp"),
        "huge": Transformation(width=8000, fit=Fit.INSIDE),
        "larger": Transformation(width=20, format="webp"),
    }
    source = UrlSource(image_url=origin.serve("/marked-up.jpg", body(photo(20, 800, seed=3))))
    work = Work(
        acceptance_id=new_acceptance_id(),
        task_id=a_task_id("marked up"),
        source=source,
        variants=variants,
        with_markup=True,
        queued_at=datetime.now(UTC),
    )
    await client.queue.enqueue(work)
    task = await client.end_of(work.task_id)
    assert task.result is not None, task.error
    assert isinstance(task.result.variants["huge"], FailedVariant)
    urls = [variant_of(task, name).url for name in ("fine", "larger")]
    assert task.result.markup == markup_of([variant_of(task, "fine"), variant_of(task, "larger")])
    assert task.result.markup.srcset == {"webp": f"{urls[0]} 10w, {urls[1]} 20w"}
    plain = await client.run(source, **variants)
    assert plain.result is not None
    assert plain.result.markup is None


async def test_a_task_waiting_for_its_origin_is_fetching(client: Client, origin: Origin) -> None:
    """Callers see where it is."""
    release = threading.Event()
    task_id = await client.enqueue(origin.serve("/held.jpg", held(body(PHOTO), release)))

    async def is_fetching() -> bool:
        return (await client.task(task_id)).stage is Stage.FETCHING

    try:
        await wait_until_async(is_fetching)
    finally:
        release.set()
    assert (await client.end_of(task_id)).status is Status.COMPLETED


async def test_tasks_for_the_same_source_share_its_download(
    client: Client, origin: Origin, worker: WorkerProcess
) -> None:
    """Nine sizes wanted at once: the origin is asked once."""
    release = threading.Event()
    url = origin.serve("/shared.jpg", held(body(PHOTO), release))
    try:
        tasks = [await client.enqueue(url, image=Transformation(width=100 + width)) for width in range(9)]
        await asyncio.to_thread(wait_until, lambda: worker.metric("pixelmill_tasks_running") == len(tasks))
    finally:
        release.set()
    ends = [await client.end_of(task_id) for task_id in tasks]
    assert [end.status for end in ends] == [Status.COMPLETED] * 9
    assert origin.times_asked("/shared.jpg") == 1


async def test_a_completed_task_is_in_the_trail(client: Client, origin: Origin, settings: dict[str, str]) -> None:
    """The trail tells the same as the queue."""
    task = await client.run(origin.serve("/trail.jpg", body(PHOTO)))
    with closing(Trail(AuditSettings(database_url=settings["DATABASE_URL"]))) as trail:
        await asyncio.to_thread(wait_until, lambda: (found := trail.find(task.task_id)) and found.status.is_final)
        recorded = trail.find(task.task_id)
    assert recorded is not None
    assert (recorded.status, recorded.result, recorded.source) == (task.status, task.result, task.source)
    assert recorded.attempts == 1


async def test_metrics_tell_what_was_done(client: Client, origin: Origin, worker: WorkerProcess) -> None:
    """Outcomes, stages, sizes: all with labels from bounded sets."""
    await client.run(origin.serve("/metrics.jpg", body(PHOTO)))
    assert worker.metric('pixelmill_tasks_total{code="",status="completed"}') >= 1
    for stage in ("fetch", "transform", "store"):
        assert worker.metric(f'pixelmill_stage_seconds_count{{stage="{stage}"}}') >= 1
    assert worker.metric('pixelmill_source_bytes_count{format="jpeg"}') >= 1
    assert worker.metric('pixelmill_source_pixels_sum{format="jpeg"}') >= 800 * 600
    assert worker.metric('pixelmill_result_bytes_count{format="jpeg"}') >= 1
    await asyncio.to_thread(wait_until, lambda: worker.metric("pixelmill_tasks_running") == 0)


def test_a_worker_says_that_it_is_ready(worker: WorkerProcess) -> None:
    """Redis, children and store are there."""
    assert worker.ask("/ready").json() == {"ready": True, "checks": {"queue": "ok", "sandbox": "ok", "store": "ok"}}


async def test_a_source_may_lie_in_a_bucket(
    settings: dict[str, str], tmp_path: Path, redis_url: str, s3_server: S3Server
) -> None:
    """Where a setting allows it, with the keys of the environment."""
    httpx.put(s3_server.signed("PUT", "photos/cat.jpg"), content=PHOTO).raise_for_status()
    allowed = {"PIXELMILL_FETCH_ALLOWED_BUCKETS": f"s3://{BUCKET}", "REDIS_URL": redis_url} | s3_server.environment()
    with running_worker(tmp_path, settings | allowed):
        async with connected(redis_url) as client:
            task = await client.run(f"s3://{BUCKET}/photos/cat.jpg")
            other = await client.run("s3://other/cat.jpg")
    assert (task.status, task.source.format, task.source.bytes) == (Status.COMPLETED, ImageFormat.JPEG, len(PHOTO))
    assert other.error is not None
    assert other.error.code == "source_forbidden"
