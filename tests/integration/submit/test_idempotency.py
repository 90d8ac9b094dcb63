"""Requests with an idempotency key, on a real Redis: one answer, whatever is sent again, and nothing done twice."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from pathlib import Path

import pytest

from pixelmill.domain.access import ANYBODY, Caller, Scope
from pixelmill.domain.errors import IdempotencyKeyInUse, IdempotencyKeyReused, QueueFull
from pixelmill.queue.answers import KEY_PREFIX, KeptAnswers
from pixelmill.queue.connection import connect
from pixelmill.queue.intake import Submission
from pixelmill.queue.task_queue import TaskQueue
from pixelmill.settings import ResultSettings, StoreSettings
from pixelmill.store.store import Store
from pixelmill.submit.idempotency import OnceSubmitter
from pixelmill.submit.presets import Presets
from pixelmill.submit.request import QueueTaskRequest, UploadTaskRequest
from pixelmill.submit.submitter import Submitter, Upload
from tests.support.tasks import JOURNAL, consuming, quick_settings
from tests.support.wait import wait_until_async

KEY = "8e03978e-40d5-43dd-bc93-6894a57f9324"


@pytest.fixture
async def queue(redis_url: str) -> AsyncIterator[TaskQueue]:
    queue = TaskQueue(quick_settings(redis_url), ResultSettings(), JOURNAL)
    yield queue
    await queue.close()


@pytest.fixture
async def answers(redis_url: str) -> AsyncIterator[KeptAnswers]:
    answers = KeptAnswers(quick_settings(redis_url), ResultSettings(life_seconds=100))
    yield answers
    await answers.close()


@pytest.fixture
def real(queue: TaskQueue, tmp_path: Path) -> Submitter:
    return Submitter(queue, Store.open(StoreSettings(url=f"file://{tmp_path / 'store'}")), Presets({}))


@pytest.fixture
def submitter(real: Submitter, answers: KeptAnswers) -> OnceSubmitter:
    return OnceSubmitter(real, answers)


class Doing(Submitter):
    """Submits nothing, and does what a test wants instead."""

    def __init__(self, act: Callable[[], Awaitable[Submission]]) -> None:
        self._act = act

    async def submit(self, request: QueueTaskRequest, caller: Caller) -> Submission:
        del request, caller
        return await self._act()


def a_request(**changes: object) -> QueueTaskRequest:
    whole: dict[str, object] = {"image_url": "https://example.com/a.jpg", "parameters": {"width": 7}}
    return QueueTaskRequest.model_validate(whole | changes)


def an_upload(folder: Path, content: bytes) -> Upload:
    path = folder / "store" / "unfinished" / hashlib.sha256(content).hexdigest()
    path.write_bytes(content)
    return Upload(path=path, sha256=hashlib.sha256(content).hexdigest(), size_bytes=len(content))


async def refuse() -> Submission:
    raise QueueFull


async def end_of(queue: TaskQueue, submission: Submission) -> datetime:
    """When the task has ended."""
    ends: list[datetime] = []

    async def has_ended() -> bool:
        task = await queue.get(submission.task.task_id)
        if task is not None and task.finished_at is not None:
            ends.append(task.finished_at)
        return bool(ends)

    await wait_until_async(has_ended)
    return ends[0]


async def test_the_answer_stays_what_it_was(submitter: OnceSubmitter, queue: TaskQueue, redis_url: str) -> None:
    """Even when the task has ended since; without the key the same request tells how it stands now."""
    first = await submitter.submit(a_request(), ANYBODY, KEY)
    async with consuming(quick_settings(redis_url)):
        await end_of(queue, first)
    assert (await submitter.submit(a_request(), ANYBODY, KEY)).task == first.task
    assert (await submitter.submit(a_request(), ANYBODY, None)).task.status.is_final


async def test_a_refresh_that_is_sent_twice_refreshes_once(
    submitter: OnceSubmitter, queue: TaskQueue, redis_url: str
) -> None:
    """Which is what equal requests sharing a task could not promise."""
    async with consuming(quick_settings(redis_url)):
        runs = [
            await end_of(queue, await submitter.submit(a_request(refresh=True), ANYBODY, key))
            for key in (None, KEY, KEY)
        ]
    assert runs[0] != runs[1] == runs[2]


async def test_another_request_with_the_same_key_is_refused(submitter: OnceSubmitter) -> None:
    """Whatever differs in it; how it is spelled does not count."""
    await submitter.submit(a_request(), ANYBODY, KEY)
    await submitter.submit(a_request(image_url="HTTPS://EXAMPLE.com/a.jpg", priority="interactive"), ANYBODY, KEY)
    for changes in ({"parameters": {"width": 8}}, {"priority": "bulk"}, {"refresh": True}):
        with pytest.raises(IdempotencyKeyReused):
            await submitter.submit(a_request(**changes), ANYBODY, KEY)


async def test_an_upload_belongs_to_its_request(submitter: OnceSubmitter, tmp_path: Path) -> None:
    """The same bytes get the same answer, others are another request."""
    request = UploadTaskRequest.model_validate({"parameters": {"width": 7}})
    first = await submitter.submit_upload(request, an_upload(tmp_path, b"an image"), ANYBODY, KEY)
    again = await submitter.submit_upload(request, an_upload(tmp_path, b"an image"), ANYBODY, KEY)
    assert (again.task, again.outcome) == (first.task, "coalesced")
    with pytest.raises(IdempotencyKeyReused):
        await submitter.submit_upload(request, an_upload(tmp_path, b"another"), ANYBODY, KEY)


async def test_tenants_choose_their_keys_independently(real: Submitter, answers: KeptAnswers) -> None:
    """One cannot find out, nor block, what another has chosen."""
    submitter = OnceSubmitter(real, answers)
    submissions = [
        await submitter.submit(a_request(parameters={"width": width}), Caller(tenant, frozenset({Scope.SUBMIT})), KEY)
        for width, tenant in enumerate(("a", "b"), 1)
    ]
    assert len({each.task.task_id for each in submissions}) == 2


async def test_a_request_that_is_being_answered_is_not_answered_twice(real: Submitter, answers: KeptAnswers) -> None:
    """Its double is told to come back, and gets the answer then."""
    may_end, has_begun = asyncio.Event(), asyncio.Event()

    async def submit_late() -> Submission:
        has_begun.set()
        await may_end.wait()
        return await real.submit(a_request(), ANYBODY)

    first = asyncio.create_task(OnceSubmitter(Doing(submit_late), answers).submit(a_request(), ANYBODY, KEY))
    double = OnceSubmitter(Doing(refuse), answers)
    await has_begun.wait()
    with pytest.raises(IdempotencyKeyInUse):
        await double.submit(a_request(), ANYBODY, KEY)
    with pytest.raises(IdempotencyKeyReused):
        await double.submit(a_request(refresh=True), ANYBODY, KEY)
    may_end.set()
    answer = await first
    assert (await double.submit(a_request(), ANYBODY, KEY)).task == answer.task


async def test_a_refused_request_leaves_its_key_free(submitter: OnceSubmitter, answers: KeptAnswers) -> None:
    """Nothing was done: it may be tried again, even corrected; so may one that was given up half way."""
    with pytest.raises(QueueFull):
        await OnceSubmitter(Doing(refuse), answers).submit(a_request(), ANYBODY, KEY)
    has_begun = asyncio.Event()

    async def hang() -> Submission:
        has_begun.set()
        return await asyncio.Future()

    hanging = asyncio.create_task(OnceSubmitter(Doing(hang), answers).submit(a_request(refresh=True), ANYBODY, KEY))
    await has_begun.wait()
    hanging.cancel()
    await asyncio.wait([hanging])
    assert (await submitter.submit(a_request(), ANYBODY, KEY)).outcome == "queued"


async def test_the_key_of_a_process_that_died_is_free_after_its_lease(answers: KeptAnswers) -> None:
    """Nobody is locked out by a crash for longer; and what the dead left behind takes nothing from its successor."""
    dead = await answers.hold(KEY, "a", lease_seconds=0.05)

    async def is_free() -> bool:
        return (await answers.hold(KEY, "b", lease_seconds=10)).is_new

    await wait_until_async(is_free)
    await answers.release(dead)
    assert (await answers.hold(KEY, "c", lease_seconds=10)).holder.fingerprint == "b"


async def test_what_is_kept_expires_with_results(submitter: OnceSubmitter, redis_url: str) -> None:
    """And the key itself is nowhere to be read."""
    await submitter.submit(a_request(), ANYBODY, KEY)
    redis = connect(redis_url)
    (name,) = [name async for name in redis.scan_iter(f"{KEY_PREFIX}*")]
    assert 90 < await redis.ttl(name) <= 100
    assert KEY not in name + str(await redis.get(name))
    await redis.aclose()
