"""What was given up is found, counted and started again; what failed for good, or was canceled, is not among it."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from pixelmill.domain.errors import InvalidRequest, QueueFull, SourceNotFound, SourceUnreachable
from pixelmill.domain.task import Outcome, Priority, Status, Task, Work
from pixelmill.queue import dead_letters
from pixelmill.queue.consumer import Attempt, ReportStage
from pixelmill.queue.task_queue import TaskQueue
from pixelmill.settings import ResultSettings
from tests.support.tasks import (
    JOURNAL,
    consuming,
    quick_settings,
    some_work,
    until_final,
    wait_longer_for_redis,
)
from tests.support.wait import wait_until_async


@pytest.fixture
async def queue(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[TaskQueue]:
    wait_longer_for_redis(monkeypatch)
    queue = TaskQueue(quick_settings(redis_url, attempts=1), ResultSettings(), JOURNAL)
    yield queue
    await queue.close()


async def by_name(work: Work, _attempt: Attempt, _report: ReportStage) -> Outcome:
    raise SourceNotFound if "missing" in work.source.identity else SourceUnreachable


async def give_up(queue: TaskQueue, redis_url: str, *names: str, priority: Priority = Priority.INTERACTIVE) -> None:
    """One after the other, so that their order is known."""
    async with consuming(quick_settings(redis_url), by_name):
        for name in names:
            await queue.enqueue(some_work(name, priority=priority))
            await until_final(queue, some_work(name))


def names_of(tasks: list[Task]) -> list[str]:
    urls = [task.source.image_url or "" for task in tasks]
    return [url.removeprefix("https://example.com/").removesuffix(".jpg") for url in urls]


async def listed(queue: TaskQueue, limit: int) -> list[list[str]]:
    """The names on each page."""
    pages, cursor = [], None
    while True:
        page = await queue.dead_letters(cursor, limit)
        pages.append(names_of(page.tasks))
        cursor = page.next_cursor
        if cursor is None:
            return pages


async def test_they_are_listed_newest_first_with_their_reason(queue: TaskQueue, redis_url: str) -> None:
    """As callers see them; neither lasting failures nor canceled tasks are among them."""
    await queue.enqueue(some_work("unwanted"))
    await queue.cancel(some_work("unwanted").task_id)
    await give_up(queue, redis_url, "a", "missing", "b")
    page = await queue.dead_letters()
    assert names_of(page.tasks) == ["b", "a"]
    assert page.next_cursor is None
    task = page.tasks[0]
    assert task == await queue.get(some_work("b").task_id)
    assert task.error is not None
    assert (task.error.code, task.attempts) == ("source_unreachable", 1)
    assert await queue.count_dead_letters() == 2


async def test_pages_meet_each_of_them_once(queue: TaskQueue, redis_url: str) -> None:
    """Whatever lies between them, and how many failed in one millisecond."""
    names = [f"missing-{number}" if number % 3 else f"letter-{number}" for number in range(30)]
    await give_up(queue, redis_url, *names)
    at_once = {some_work(name).task_id: 1_000_000_000_000 for name in names[:20]}
    await queue._engine.client.zadd(queue._engine.key("failed"), at_once)
    for limit in (1, 4, 100):
        pages = await listed(queue, limit)
        assert sorted(name for page in pages for name in page) == sorted(n for n in names if "letter" in n)
        assert max(map(len, pages)) <= limit


async def test_a_page_looks_at_a_bounded_number_of_failures(
    queue: TaskQueue, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes back short, and the next one goes on behind."""
    monkeypatch.setattr(dead_letters, "BATCH_TASKS", 2)
    monkeypatch.setattr(dead_letters, "MAX_LOOKED_AT", 4)
    await give_up(queue, redis_url, "letter", *(f"missing-{number}" for number in range(6)))
    assert await listed(queue, 50) == [[], ["letter"]]


async def test_none_is_an_empty_page(queue: TaskQueue) -> None:
    """And a count of 0."""
    assert await listed(queue, 50) == [[]]
    assert await queue.count_dead_letters() == 0


async def test_a_made_up_cursor_is_refused(queue: TaskQueue) -> None:
    """By name."""
    for call in (queue.dead_letters, queue.requeue_all):
        with pytest.raises(InvalidRequest) as refusal:
            await call("nonsense")
        assert refusal.value.errors[0].field == "cursor"


async def test_one_is_started_again(queue: TaskQueue, redis_url: str) -> None:
    """As if it were new: with all its attempts, its priority, and nothing of the old failure."""
    await give_up(queue, redis_url, "a", priority=Priority.BULK)
    change = await queue.requeue(some_work("a").task_id)
    assert change is not None
    assert change.is_new
    assert (change.task.status, change.task.attempts, change.task.priority) == (Status.PENDING, 0, Priority.BULK)
    assert await queue.get(change.task.task_id) == change.task
    assert await listed(queue, 50) == [[]]
    async with consuming(quick_settings(redis_url)):
        ended = await until_final(queue, some_work("a"))
    assert (ended.status, ended.attempts, ended.error) == (Status.COMPLETED, 1, None)


async def test_other_tasks_are_left_as_they_are(queue: TaskQueue, redis_url: str) -> None:
    """Pending, canceled, failed for good, or completed: neither one by one nor with all."""
    await give_up(queue, redis_url, "missing")
    async with consuming(quick_settings(redis_url)):
        await queue.enqueue(some_work("done"))
        await until_final(queue, some_work("done"))
    for name in ("pending", "unwanted"):
        await queue.enqueue(some_work(name))
    await queue.cancel(some_work("unwanted").task_id)
    names = ("missing", "done", "pending", "unwanted")
    before = [await queue.get(some_work(name).task_id) for name in names]
    for name, task in zip(names, before, strict=True):
        change = await queue.requeue(some_work(name).task_id)
        assert change is not None
        assert (change.is_new, change.task) == (False, task)
    assert (await queue.requeue_all()).requeued == 0
    assert [await queue.get(some_work(name).task_id) for name in names] == before
    assert await queue.requeue(some_work("unknown").task_id) is None


async def test_of_many_who_requeue_at_once_one_does(queue: TaskQueue, redis_url: str) -> None:
    """The task runs once."""
    await give_up(queue, redis_url, "a")
    changes = await asyncio.gather(*(queue.requeue(some_work("a").task_id) for _ in range(30)))
    assert sum(change.is_new for change in changes if change) == 1
    assert (await queue.depth()).counts["waiting"] == 1


async def test_all_are_started_again_in_parts(
    queue: TaskQueue, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each once: those that fail again meanwhile are not started a second time, or it would never end."""
    monkeypatch.setattr(dead_letters, "BATCH_TASKS", 3)
    monkeypatch.setattr(dead_letters, "MAX_REQUEUED", 5)
    names = [f"letter-{number}" for number in range(10)]
    await give_up(queue, redis_url, *names)
    requeued, cursor = [], None
    async with consuming(quick_settings(redis_url), by_name):
        while True:
            part = await queue.requeue_all(cursor)
            requeued.append(part.requeued)
            cursor = part.next_cursor
            if cursor is None:
                break

        async def gave_up_again() -> bool:
            return await queue.count_dead_letters() == 10

        await wait_until_async(gave_up_again)
    assert requeued == [6, 4]


async def test_a_full_queue_takes_no_dead_letter(queue: TaskQueue, redis_url: str) -> None:
    """They stay what they are until there is room."""
    await give_up(queue, redis_url, "a", "b")
    full = TaskQueue(quick_settings(redis_url, max_waiting=1), ResultSettings(), JOURNAL)
    await full.enqueue(some_work("waiting"))
    with pytest.raises(QueueFull):
        await full.requeue(some_work("a").task_id)
    with pytest.raises(QueueFull):
        await full.requeue_all()
    assert await full.count_dead_letters() == 2
    await full.close()


async def test_old_ones_are_counted_without_looking(queue: TaskQueue, redis_url: str) -> None:
    """What failed for good long ago would have been removed by the cleanup crew."""
    await give_up(queue, redis_url, "a", "missing")
    long_ago = {some_work(name).task_id: 1_000_000_000_000 for name in ("a", "missing")}
    await queue._engine.client.zadd(queue._engine.key("failed"), long_ago)
    assert await queue.count_dead_letters() == 2
