"""Tasks for tests of the queue: work to enqueue, outcomes to hand back, settings that do not make a test wait."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from pixelmill.audit.stream import TrailJournal
from pixelmill.domain.source import ImageFormat, SourceInfo, UrlSource
from pixelmill.domain.task import Outcome, Priority, Task, Timings, Work, new_acceptance_id
from pixelmill.domain.transformation import OutputFormat, Transformation
from pixelmill.domain.variant import Result, Variant
from pixelmill.queue.attempt import Lease
from pixelmill.queue.consumer import Attempt, Consumer, OnLost, Process, ReportStage
from pixelmill.queue.engine import Command
from pixelmill.queue.task_queue import TaskQueue
from pixelmill.queue.watcher import Watcher
from pixelmill.settings import AuditSettings, QueueSettings, ResultSettings
from tests.support.wait import wait_until_async

DIGEST = "0" * 64
JOURNAL = TrailJournal(AuditSettings())


def a_task_id(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:32]


def a_digest(name: str) -> str:
    """Of the bytes of an upload."""
    return hashlib.sha256(name.encode()).hexdigest()


def some_work(name: str = "a", *, priority: Priority = Priority.INTERACTIVE) -> Work:
    """New work, queued now; the same name gives the same task."""
    return Work(
        acceptance_id=new_acceptance_id(),
        task_id=a_task_id(name),
        source=UrlSource(image_url=f"https://example.com/{name}.jpg"),
        variants={"image": Transformation(width=10)},
        priority=priority,
        queued_at=datetime.now(UTC),
    )


def an_outcome(execution_id: str = "1") -> Outcome:
    variant = Variant(
        url="/images/a/image.jpeg", format=OutputFormat.JPEG, width=10, height=10, bytes=100, sha256=DIGEST
    )
    return Outcome(
        execution_id=execution_id,
        source=SourceInfo(format=ImageFormat.JPEG, width=20, height=20, frames=1, bytes=200, sha256=DIGEST),
        result=Result(variants={"image": variant}),
        timings_ms=Timings(fetch=1.0, transform=2.0),
    )


def quick_settings(redis_url: str, **changes: object) -> QueueSettings:
    """Retries after 0.1 s; a dead worker is noticed within 2 s instead of 15."""
    quick: dict[str, object] = {
        "redis_url": redis_url,
        "backoff_seconds": 0.1,
        "lease_seconds": 1.0,
        "stalled_interval_seconds": 0.5,
    }
    return QueueSettings.model_validate(quick | changes)


def wait_longer_for_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    """For bursts: on a busy machine hundreds of submissions at once take longer than one caller would wait."""
    for module in ("connection", "engine"):
        monkeypatch.setattr(f"pixelmill.queue.{module}.ANSWER_SECONDS", 20.0)


def lose_the_second_answer(queue: TaskQueue, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of its transactions, the second runs, the connection breaks before the answer, and it is sent again."""
    execute = queue._engine._execute
    calls: list[int] = []

    async def execute_and_lose(commands: tuple[Command, ...]) -> list[Any]:
        calls.append(1)
        if len(calls) == 2:
            await execute(commands)
        return await execute(commands)

    monkeypatch.setattr(queue._engine, "_execute", execute_and_lose)


async def succeed(_work: Work, _attempt: Attempt, _report: ReportStage) -> Outcome:
    return an_outcome()


async def never_lost(work: Work, _task: Task, _lease: Lease) -> None:
    raise AssertionError(f"{work.task_id} was lost")


@asynccontextmanager
async def consuming(
    settings: QueueSettings,
    process: Process = succeed,
    *,
    results: ResultSettings | None = None,
    on_lost: OnLost = never_lost,
    concurrency: int = 10,
) -> AsyncIterator[Consumer]:
    """A consumer that runs meanwhile; what it still has at the end goes back to the queue."""
    consumer = Consumer(settings, results or ResultSettings(), process, on_lost, concurrency)
    running = asyncio.create_task(consumer.run())
    try:
        yield consumer
    finally:
        await consumer.close(grace_seconds=0)
        await running


async def until_final(queue: TaskQueue, work: Work, timeout_seconds: float = 10.0) -> Task:
    """The task of some work, as soon as it has ended."""
    ended: list[Task] = []

    async def has_ended() -> bool:
        task = await queue.get(work.task_id)
        if task is not None and task.status.is_final:
            ended.append(task)
        return bool(ended)

    await wait_until_async(has_ended, timeout_seconds)
    return ended[0]


async def until_waiting(watcher: Watcher, count: int = 1) -> None:
    """So many wait, and have been told the state once."""

    async def are_waiting() -> bool:
        topics = watcher._topics.values()
        return sum(topic.waiters for topic in topics if topic.number) == count

    await wait_until_async(are_waiting)
