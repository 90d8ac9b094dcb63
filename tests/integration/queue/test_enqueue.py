"""One computation per distinct request at a time, and an honest word about what came of each submission."""

import asyncio

import pytest
from redis.asyncio import Redis

from pixelmill.domain.errors import QueueFull, QueueUnavailable, SourceNotFound, SourceUnreachable
from pixelmill.domain.task import Outcome, Priority, Stage, Status, Work
from pixelmill.queue.consumer import Attempt, ReportStage
from pixelmill.queue.kept import State
from pixelmill.queue.task_queue import TaskQueue
from pixelmill.settings import ResultSettings
from tests.support.tasks import (
    JOURNAL,
    an_outcome,
    consuming,
    lose_the_second_answer,
    quick_settings,
    some_work,
    until_final,
    wait_longer_for_redis,
)
from tests.support.wait import wait_until_async


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    wait_longer_for_redis(monkeypatch)


async def test_a_first_submission_is_queued(queue: TaskQueue) -> None:
    """A new task is pending, shows what is known of its source, and is what a look-up finds."""
    work = some_work()
    submission = await queue.enqueue(work)
    assert submission.outcome == "queued"
    assert submission.task.status is Status.PENDING
    assert submission.task.stage is Stage.QUEUED
    assert submission.task.source.image_url == "https://example.com/a.jpg"
    assert await queue.get(work.task_id) == submission.task


async def test_an_equal_submission_joins_the_pending_task(queue: TaskQueue) -> None:
    """The second gets the first's task, and the queue holds one."""
    first, second = some_work(), some_work()
    await queue.enqueue(first)
    submission = await queue.enqueue(second)
    assert submission.outcome == "coalesced"
    assert submission.task.queued_at == first.queued_at
    assert (await queue.depth()).counts["waiting"] == 1


async def test_of_many_equal_submissions_at_once_one_is_queued(queue: TaskQueue) -> None:
    """BullMQ's `add` never reports a duplicate; we do, even in a race."""
    submissions = await asyncio.gather(*(queue.enqueue(some_work()) for _ in range(200)))
    assert sorted(submission.outcome for submission in submissions) == ["coalesced"] * 199 + ["queued"]
    assert len({submission.task.queued_at for submission in submissions}) == 1


async def test_a_completed_task_answers_from_the_cache(queue: TaskQueue, redis_url: str) -> None:
    """A fresh result is served without new work, marked as cached; a look-up is not marked."""
    async with consuming(quick_settings(redis_url)):
        await queue.enqueue(some_work())
        await until_final(queue, some_work())
        submission = await queue.enqueue(some_work())
    assert submission.outcome == "cached"
    assert submission.task.cached
    assert submission.task.status is Status.COMPLETED
    looked_up = await queue.get(some_work().task_id)
    assert looked_up is not None
    assert looked_up.attempts == 1
    assert not looked_up.cached


async def test_refresh_runs_a_completed_task_once_more(queue: TaskQueue, redis_url: str) -> None:
    """Many refreshes at once start one run, with new data and counts from zero."""
    async with consuming(quick_settings(redis_url)):
        await queue.enqueue(some_work())
        await until_final(queue, some_work())
    submissions = await asyncio.gather(*(queue.enqueue(some_work(), refresh=True) for _ in range(50)))
    assert sorted(submission.outcome for submission in submissions) == ["coalesced"] * 49 + ["queued"]
    (queued,) = [submission.task for submission in submissions if submission.outcome == "queued"]
    assert await queue.get(queued.task_id) == queued
    async with consuming(quick_settings(redis_url)):
        await until_final(queue, some_work())
    again = await queue.get(queued.task_id)
    assert again is not None
    assert again.status is Status.COMPLETED
    assert again.attempts == 1


async def test_refresh_joins_a_pending_task(queue: TaskQueue) -> None:
    """What is about to be made anew is not made twice."""
    await queue.enqueue(some_work())
    assert (await queue.enqueue(some_work(), refresh=True)).outcome == "coalesced"


async def test_a_result_whose_life_is_over_is_made_anew(redis_url: str) -> None:
    """It is gone for look-ups, still found by the sweep, and run again by the next submission."""
    results = ResultSettings(life_seconds=1)
    queue = TaskQueue(quick_settings(redis_url), results, JOURNAL)
    task_id = some_work().task_id
    async with consuming(quick_settings(redis_url), results=results):
        await queue.enqueue(some_work())
        await until_final(queue, some_work())

        async def is_over() -> bool:
            return await queue.get(task_id) is None

        await wait_until_async(is_over)
        kept = await queue.find(task_id)
        assert kept is not None
        assert kept.state is State.COMPLETED
        assert kept.outcome == an_outcome()
        assert (await queue.enqueue(some_work())).outcome == "queued"
        await until_final(queue, some_work())
    await queue.close()


async def test_a_lasting_failure_answers_for_a_while_and_then_runs_again(redis_url: str) -> None:
    """A 404 is remembered for `failure_life_seconds`; then the source may be there. It shows no old error meanwhile."""
    results = ResultSettings(failure_life_seconds=1)
    queue = TaskQueue(quick_settings(redis_url), results, JOURNAL)
    task_id = some_work().task_id

    async def fail(_work: Work, _attempt: Attempt, _report: ReportStage) -> Outcome:
        raise SourceNotFound("The origin says 404.")

    async with consuming(quick_settings(redis_url), fail, results=results):
        await queue.enqueue(some_work())
        await until_final(queue, some_work())
    cached = await queue.enqueue(some_work())
    assert cached.outcome == "cached"
    assert cached.task.error is not None
    assert cached.task.error.code == "source_not_found"
    assert cached.task.attempts == 1

    async def is_over() -> bool:
        return await queue.get(task_id) is None

    await wait_until_async(is_over)
    again = await queue.enqueue(some_work())
    assert again.outcome == "queued"
    assert again.task.error is None
    async with consuming(quick_settings(redis_url), results=results):
        await until_final(queue, some_work())
    task = await queue.get(task_id)
    assert task is not None
    assert (task.status, task.error) == (Status.COMPLETED, None)
    await queue.close()


async def test_a_passing_failure_is_never_cached(queue: TaskQueue, redis_url: str) -> None:
    """A dead letter is kept and shown, but the next submission runs it at once."""

    async def fail(_work: Work, _attempt: Attempt, _report: ReportStage) -> Outcome:
        raise SourceUnreachable

    async with consuming(quick_settings(redis_url), fail):
        await queue.enqueue(some_work())
        await until_final(queue, some_work())
        dead = await queue.get(some_work().task_id)
    assert dead is not None
    assert dead.error is not None
    assert (dead.error.code, dead.attempts) == ("source_unreachable", 3)
    assert (await queue.enqueue(some_work())).outcome == "queued"


async def test_a_full_queue_refuses_new_work_and_still_answers(redis_url: str) -> None:
    """Nothing is enqueued over the limit; tasks that are there are joined."""
    queue = TaskQueue(quick_settings(redis_url, max_waiting=2), ResultSettings(), JOURNAL)
    await queue.enqueue(some_work("a"))
    await queue.enqueue(some_work("b"))
    with pytest.raises(QueueFull) as refusal:
        await queue.enqueue(some_work("c"))
    assert refusal.value.retry_after_seconds == 300
    with pytest.raises(QueueFull):
        await queue.join(some_work("c").task_id, Priority.BULK)
    assert await queue.find(some_work("c").task_id) is None
    assert (await queue.enqueue(some_work("a"))).outcome == "coalesced"
    await queue.close()


async def test_join_enqueues_nothing(queue: TaskQueue) -> None:
    """It answers only from what is there."""
    assert await queue.join(some_work().task_id, Priority.INTERACTIVE) is None
    assert await queue.find(some_work().task_id) is None
    await queue.enqueue(some_work())
    joined = await queue.join(some_work().task_id, Priority.INTERACTIVE)
    assert joined is not None
    assert joined.outcome == "coalesced"


async def test_interactive_tasks_go_first(queue: TaskQueue, redis_url: str) -> None:
    """Also a bulk task that somebody waits for by now, and a task that is run again."""
    order: list[str] = []

    async def note(work: Work, _attempt: Attempt, _report: ReportStage) -> Outcome:
        order.append(work.source.identity.removeprefix("https://example.com/"))
        return an_outcome()

    for name in ("bulk", "hurried"):
        await queue.enqueue(some_work(name, priority=Priority.BULK))
    await queue.enqueue(some_work("interactive"))
    hurried = await queue.enqueue(some_work("hurried"))
    assert (hurried.outcome, hurried.task.priority) == ("coalesced", Priority.INTERACTIVE)
    assert await queue.get(hurried.task.task_id) == hurried.task
    async with consuming(quick_settings(redis_url), note, concurrency=1):
        await until_final(queue, some_work("bulk"))
    assert order == ["interactive.jpg", "hurried.jpg", "bulk.jpg"]


async def test_a_submission_whose_answer_is_lost_is_queued_once(
    queue: TaskQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client sends a command again if the connection breaks before the answer: the second one finds the first's."""
    lose_the_second_answer(queue, monkeypatch)
    assert (await queue.enqueue(some_work())).outcome == "queued"
    assert (await queue.depth()).counts["waiting"] == 1


async def test_contradictory_data_is_no_endless_loop(queue: TaskQueue, redis_url: str) -> None:
    """A job that is in no set can neither be found nor added."""
    async with Redis.from_url(redis_url) as redis:
        await redis.hset(f"pixelmill:resize:{some_work().task_id}", "data", "{}")
    with pytest.raises(QueueUnavailable):
        await queue.enqueue(some_work())
