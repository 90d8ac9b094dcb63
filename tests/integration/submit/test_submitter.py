"""From a request to its task, on a real queue and a real store."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from pixelmill.domain.errors import QueueFull, StoreUnavailable
from pixelmill.domain.source import UploadSource, UrlSource
from pixelmill.domain.task import Priority
from pixelmill.queue.task_queue import TaskQueue
from pixelmill.settings import ResultSettings, StoreSettings
from pixelmill.store.keys import Kind
from pixelmill.store.store import Store
from pixelmill.submit.presets import Presets
from pixelmill.submit.request import QueueTaskRequest, UploadTaskRequest
from pixelmill.submit.submitter import Submitter, Upload
from tests.support.tasks import JOURNAL, consuming, quick_settings, until_final

PRESETS = Presets({})
SMALL = {"parameters": {"width": 7}}


@pytest.fixture
async def queue(redis_url: str) -> AsyncIterator[TaskQueue]:
    queue = TaskQueue(quick_settings(redis_url), ResultSettings(), JOURNAL)
    yield queue
    await queue.close()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(StoreSettings(url=f"file://{tmp_path / 'store'}"))


@pytest.fixture
def upload(tmp_path: Path) -> Upload:
    path = tmp_path / "upload"
    path.write_bytes(b"an image")
    return Upload(path=path, sha256=hashlib.sha256(b"an image").hexdigest(), size_bytes=8)


def a_request(**changes: object) -> QueueTaskRequest:
    return QueueTaskRequest.model_validate({"image_url": "https://example.com/a.jpg"} | SMALL | changes)


def an_upload_request(**changes: object) -> UploadTaskRequest:
    return UploadTaskRequest.model_validate(SMALL | changes)


async def slots_of_uploads(store: Store) -> list[str]:
    return await store.list_slots(Kind.UPLOADS)


async def test_a_request_becomes_work(queue: TaskQueue, store: Store) -> None:
    """Normalized source, named variants, priority: all that a worker needs."""
    submission = await Submitter(queue, store, PRESETS).submit(
        a_request(image_url="HTTPS://EXAMPLE.com/a.jpg", priority="bulk")
    )
    kept = await queue.find(submission.task.task_id)
    assert kept is not None
    assert kept.work.source == UrlSource(image_url="https://example.com/a.jpg")
    assert list(kept.work.variants) == ["image"]
    assert kept.work.priority is Priority.BULK


async def test_equal_requests_share_a_task_and_others_do_not(queue: TaskQueue, store: Store) -> None:
    """However they are written; tenants share nothing."""
    submitter, other_tenant = Submitter(queue, store, PRESETS), Submitter(queue, store, PRESETS, tenant="other")
    first = await submitter.submit(a_request())
    equal = await submitter.submit(a_request(parameters={"width": 7, "fit": "inside"}))
    assert (first.outcome, equal.outcome) == ("queued", "coalesced")
    assert equal.task.task_id == first.task.task_id
    assert (await submitter.submit(a_request(parameters={"width": 8}))).outcome == "queued"
    assert (await other_tenant.submit(a_request())).outcome == "queued"


async def test_an_upload_is_stored_before_its_task_is_there(queue: TaskQueue, store: Store, upload: Upload) -> None:
    """Where the work says it is, for the worker to read."""
    submission = await Submitter(queue, store, PRESETS).submit_upload(an_upload_request(), upload)
    assert submission.outcome == "queued"
    assert (submission.task.source.bytes, submission.task.source.sha256) == (8, upload.sha256)
    kept = await queue.find(submission.task.task_id)
    assert kept is not None
    assert isinstance(kept.work.source, UploadSource)
    copy = upload.path.with_name("copy")
    await store.lend_file(kept.work.source.key, copy)
    assert copy.read_bytes() == b"an image"


async def test_an_upload_that_is_known_is_not_stored_again(
    queue: TaskQueue, store: Store, upload: Upload, redis_url: str
) -> None:
    """Neither while its task is pending nor after it has ended; it is for a task that is run again."""
    puts: list[str] = []

    class CountingStore:
        async def put_files(self, files: Mapping[str, Path]) -> None:
            puts.extend(files)
            await store.put_files(files)

    submitter = Submitter(queue, CountingStore(), PRESETS)
    first = await submitter.submit_upload(an_upload_request(), upload)
    assert (await submitter.submit_upload(an_upload_request(), upload)).outcome == "coalesced"
    async with consuming(quick_settings(redis_url)):
        kept = await queue.find(first.task.task_id)
        assert kept is not None
        await until_final(queue, kept.work)
    assert (await submitter.submit_upload(an_upload_request(), upload)).outcome == "cached"
    assert len(puts) == 1
    assert (await submitter.submit_upload(an_upload_request(refresh=True), upload)).outcome == "queued"
    assert len(puts) == 2


async def test_equal_uploads_at_once_are_one_task(queue: TaskQueue, store: Store, upload: Upload) -> None:
    """Its file is there, whoever has stored it."""
    submitter = Submitter(queue, store, PRESETS)
    submissions = await asyncio.gather(*(submitter.submit_upload(an_upload_request(), upload) for _ in range(20)))
    assert sorted(submission.outcome for submission in submissions) == ["coalesced"] * 19 + ["queued"]
    kept = await queue.find(submissions[0].task.task_id)
    assert kept is not None
    assert isinstance(kept.work.source, UploadSource)
    await store.lend_file(kept.work.source.key, upload.path.with_name("copy"))


async def test_a_full_queue_stores_no_upload(redis_url: str, store: Store, upload: Upload) -> None:
    """It is asked before a large file is copied in vain."""
    queue = TaskQueue(quick_settings(redis_url, max_waiting=1), ResultSettings(), JOURNAL)
    submitter = Submitter(queue, store, PRESETS)
    await submitter.submit(a_request())
    with pytest.raises(QueueFull):
        await submitter.submit_upload(an_upload_request(), upload)
    assert await slots_of_uploads(store) == []
    await queue.close()


async def test_an_upload_that_cannot_be_stored_is_no_task(queue: TaskQueue, upload: Upload) -> None:
    """A task without its source could only fail."""

    class BrokenStore:
        async def put_files(self, files: Mapping[str, Path]) -> None:
            raise StoreUnavailable(f"{len(files)} files cannot be stored.")

    with pytest.raises(StoreUnavailable):
        await Submitter(queue, BrokenStore(), PRESETS).submit_upload(an_upload_request(), upload)
    assert (await queue.depth()).counts["waiting"] == 0
