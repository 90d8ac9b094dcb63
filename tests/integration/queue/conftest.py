"""The queue of most tests: real, empty, with settings that do not make a test wait."""

from collections.abc import AsyncIterator

import pytest

from pixelmill.queue.task_queue import TaskQueue
from pixelmill.settings import ResultSettings
from tests.support.tasks import JOURNAL, quick_settings


@pytest.fixture
async def queue(redis_url: str) -> AsyncIterator[TaskQueue]:
    queue = TaskQueue(quick_settings(redis_url), ResultSettings(), JOURNAL)
    yield queue
    await queue.close()
