"""The queue from the threads of a WSGI server."""

import asyncio
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from pixelmill.domain.errors import QueueUnavailable
from pixelmill.queue.blocking import QueueThread
from pixelmill.queue.intake import Submission
from pixelmill.queue.task_queue import TaskQueue
from pixelmill.settings import ResultSettings
from tests.support.tasks import JOURNAL, quick_settings, some_work


@pytest.fixture
def thread() -> Iterator[QueueThread]:
    thread = QueueThread()
    yield thread
    thread.close()


def test_many_threads_share_one_loop(thread: QueueThread, redis_url: str) -> None:
    """A queue made anywhere is used by all of them at once."""
    queue = TaskQueue(quick_settings(redis_url), ResultSettings(), JOURNAL)

    def submit(number: int) -> Submission:
        return thread.call(queue.enqueue(some_work(str(number % 50))), 5)

    with ThreadPoolExecutor(32) as threads:
        outcomes = [submission.outcome for submission in threads.map(submit, range(200))]
    assert sorted(outcomes) == ["coalesced"] * 150 + ["queued"] * 50
    thread.call(queue.close(), 5)


def test_no_thread_before_the_first_call() -> None:
    """It would not survive the fork of the server's processes."""
    before = threading.active_count()
    thread = QueueThread()
    assert threading.active_count() == before
    thread.call(asyncio.sleep(0), 5)
    assert threading.active_count() == before + 1
    thread.close()
    assert threading.active_count() == before


def test_a_call_that_takes_too_long_is_canceled(thread: QueueThread) -> None:
    """The caller is told in time, and nothing goes on behind its back."""
    canceled = threading.Event()

    async def hang() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            canceled.set()
            raise

    started = time.monotonic()
    with pytest.raises(QueueUnavailable):
        thread.call(hang(), 0.2)
    assert time.monotonic() - started < 1
    assert canceled.wait(5)


def test_errors_come_through(thread: QueueThread) -> None:
    """As if the coroutine had been awaited."""

    async def fail() -> None:
        raise KeyError("a")

    with pytest.raises(KeyError, match="a"):
        thread.call(fail(), 5)


def test_close_cancels_what_still_runs() -> None:
    """A server shuts down without waiting for long polls; closing twice is harmless."""
    thread = QueueThread()
    canceled = threading.Event()

    async def start_forever() -> asyncio.Task[None]:
        async def forever() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                canceled.set()

        task = asyncio.create_task(forever())
        await asyncio.sleep(0)
        return task

    task = thread.call(start_forever(), 5)
    thread.close()
    thread.close()
    assert canceled.is_set()
    assert task.cancelled()
