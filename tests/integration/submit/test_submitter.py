"""From a request to its task, on a real queue and a real store."""

import asyncio
import hashlib
import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from pixelmill.domain.access import ANYBODY, Caller, Scope
from pixelmill.domain.errors import QueueFull, StoreUnavailable
from pixelmill.domain.source import UploadSource, UrlSource
from pixelmill.domain.task import Priority
from pixelmill.queue.kept import KeptTask
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
def upload(store: Store) -> Upload:
    return received(store)


def received(store: Store) -> Upload:
    """What the api has written where the store can take it from."""
    path = store.receiving_folder / secrets.token_hex(8)
    path.write_bytes(b"an image")
    return Upload(path=path, sha256=hashlib.sha256(b"an image").hexdigest(), size_bytes=8)


def a_request(**changes: object) -> QueueTaskRequest:
    return QueueTaskRequest.model_validate({"image_url": "https://example.com/a.jpg"} | SMALL | changes)


def an_upload_request(**changes: object) -> UploadTaskRequest:
    return UploadTaskRequest.model_validate(SMALL | changes)


def stored_at(kept: KeptTask) -> str:
    assert isinstance(kept.work.source, UploadSource)
    return kept.work.source.key


async def key_of(queue: TaskQueue, task_id: str) -> str:
    """Where the worker will look for the source of a task."""
    kept = await queue.find(task_id)
    assert kept is not None
    return stored_at(kept)


async def slots_of_uploads(store: Store) -> list[str]:
    return await store.list_slots(Kind.UPLOADS)


async def test_a_request_becomes_work(queue: TaskQueue, store: Store) -> None:
    """Normalized source, named variants, priority: all that a worker needs."""
    submission = await Submitter(queue, store, PRESETS).submit(
        a_request(image_url="HTTPS://EXAMPLE.com/a.jpg", priority="bulk"), ANYBODY
    )
    kept = await queue.find(submission.task.task_id)
    assert kept is not None
    assert kept.work.source == UrlSource(image_url="https://example.com/a.jpg")
    assert list(kept.work.variants) == ["image"]
    assert kept.work.priority is Priority.BULK


async def test_equal_requests_share_a_task_and_others_do_not(queue: TaskQueue, store: Store) -> None:
    """However they are written; tenants share nothing."""
    submitter = Submitter(queue, store, PRESETS)
    shop = Caller("shop", frozenset({Scope.SUBMIT}))
    first = await submitter.submit(a_request(), ANYBODY)
    equal = await submitter.submit(a_request(parameters={"width": 7, "fit": "inside"}), ANYBODY)
    assert (first.outcome, equal.outcome) == ("queued", "coalesced")
    assert equal.task.task_id == first.task.task_id
    assert (await submitter.submit(a_request(parameters={"width": 8}), ANYBODY)).outcome == "queued"
    assert (await submitter.submit(a_request(), shop)).outcome == "queued"


async def test_an_upload_is_stored_before_its_task_is_there(queue: TaskQueue, store: Store, upload: Upload) -> None:
    """Where the work says it is, for the worker to read."""
    submission = await Submitter(queue, store, PRESETS).submit_upload(an_upload_request(), upload, ANYBODY)
    assert submission.outcome == "queued"
    assert (submission.task.source.bytes, submission.task.source.sha256) == (8, upload.sha256)
    kept = await queue.find(submission.task.task_id)
    assert kept is not None
    assert isinstance(kept.work.source, UploadSource)
    copy = upload.path.with_name("copy")
    await store.lend_file(kept.work.source.key, copy)
    assert copy.read_bytes() == b"an image"


async def test_an_upload_that_is_known_is_not_stored_again(queue: TaskQueue, store: Store, redis_url: str) -> None:
    """Neither for its own task, in whatever state, nor for another size of it."""
    submitter = Submitter(queue, store, PRESETS)
    first = await submitter.submit_upload(an_upload_request(), received(store), ANYBODY)
    assert (await submitter.submit_upload(an_upload_request(), received(store), ANYBODY)).outcome == "coalesced"
    async with consuming(quick_settings(redis_url)):
        kept = await queue.find(first.task.task_id)
        assert kept is not None
        await until_final(queue, kept.work)
    assert (await submitter.submit_upload(an_upload_request(), received(store), ANYBODY)).outcome == "cached"
    assert (
        await submitter.submit_upload(an_upload_request(refresh=True), received(store), ANYBODY)
    ).outcome == "queued"
    other = await submitter.submit_upload(an_upload_request(parameters={"width": 8}), received(store), ANYBODY)
    assert other.outcome == "queued"
    again = [await key_of(queue, task_id) for task_id in (first.task.task_id, other.task.task_id)]
    assert again == [stored_at(kept)] * 2
    assert await queue.uploads.tasks_of([again[0]]) == [{first.task.task_id, other.task.task_id}]


async def test_an_upload_whose_file_was_lost_is_stored_again(queue: TaskQueue, store: Store) -> None:
    """Rather than promised to a task that could only fail."""
    submitter = Submitter(queue, store, PRESETS)
    first = await submitter.submit_upload(an_upload_request(), received(store), ANYBODY)
    await store.delete([await key_of(queue, first.task.task_id)])
    other = await submitter.submit_upload(an_upload_request(parameters={"width": 8}), received(store), ANYBODY)
    assert await store.has_file(await key_of(queue, other.task.task_id))


async def test_an_upload_is_shared_for_as_long_as_a_result_lives(
    queue: TaskQueue, store: Store, redis_url: str
) -> None:
    """The sweep counts on it: it looks at the file later than that."""
    await Submitter(queue, store, PRESETS).submit_upload(an_upload_request(), received(store), ANYBODY)
    async with Redis.from_url(redis_url, decode_responses=True) as redis:
        (key,) = await redis.keys("pixelmill:uploads:at:*")
        assert ResultSettings().life_seconds - 10 < await redis.ttl(key) <= ResultSettings().life_seconds


async def test_equal_uploads_at_once_are_one_task(queue: TaskQueue, store: Store) -> None:
    """Its file is there, whoever has stored it."""
    submitter = Submitter(queue, store, PRESETS)
    uploads = [received(store) for _ in range(20)]
    submissions = await asyncio.gather(
        *(submitter.submit_upload(an_upload_request(), upload, ANYBODY) for upload in uploads)
    )
    assert sorted(submission.outcome for submission in submissions) == ["coalesced"] * 19 + ["queued"]
    assert await store.has_file(await key_of(queue, submissions[0].task.task_id))


async def test_a_full_queue_stores_no_upload(redis_url: str, store: Store, upload: Upload) -> None:
    """It is asked before a large file is copied in vain."""
    queue = TaskQueue(quick_settings(redis_url, max_waiting=1), ResultSettings(), JOURNAL)
    submitter = Submitter(queue, store, PRESETS)
    await submitter.submit(a_request(), ANYBODY)
    with pytest.raises(QueueFull):
        await submitter.submit_upload(an_upload_request(), upload, ANYBODY)
    assert await slots_of_uploads(store) == []
    await queue.close()


async def test_an_upload_that_cannot_be_stored_is_no_task(queue: TaskQueue, upload: Upload) -> None:
    """A task without its source could only fail."""

    class BrokenStore:
        async def has_file(self, key: str) -> bool:
            raise StoreUnavailable(f"{key} cannot be looked for.")

        async def take_file(self, key: str, path: Path) -> None:
            raise StoreUnavailable(f"{path} cannot be stored under {key}.")

    with pytest.raises(StoreUnavailable):
        await Submitter(queue, BrokenStore(), PRESETS).submit_upload(an_upload_request(), upload, ANYBODY)
    assert (await queue.depth()).counts["waiting"] == 0
