"""How far a task is, as callers see it while a real worker works on it."""

import asyncio
import threading
from collections.abc import Callable

import pytest

from pixelmill.domain.task import Progress, Stage, Task
from pixelmill.domain.transformation import Transformation
from tests.support.answers import Answer, Request, body, head
from tests.support.client import Client
from tests.support.origin import Origin
from tests.support.pictures import photo
from tests.support.wait import wait_until_async

PHOTO = photo(800, 600, seed=3)

pytestmark = pytest.mark.usefixtures("worker")


def half_way(content: bytes, may_go_on: threading.Event) -> Answer:
    """Send one half, and the other when the test says so."""

    async def answer(_: Request, writer: asyncio.StreamWriter) -> None:
        middle = len(content) // 2
        writer.write(head(200, {"Content-Length": str(len(content))}) + content[:middle])
        await writer.drain()
        await asyncio.get_running_loop().run_in_executor(None, may_go_on.wait)
        writer.write(content[middle:])

    return answer


async def seen(client: Client, task_id: str, is_awaited: Callable[[Task], bool]) -> Task:
    """The task as soon as it is as awaited."""
    found: list[Task] = []

    async def look() -> bool:
        task = await client.task(task_id)
        if is_awaited(task):
            found.append(task)
        return bool(found)

    await wait_until_async(look)
    return found[0]


async def test_the_bytes_that_have_come_are_told(client: Client, origin: Origin) -> None:
    """Of those that were announced; to every task that waits for the same download."""
    may_go_on = threading.Event()
    url = origin.serve("/half-way.jpg", half_way(PHOTO, may_go_on))
    expected = Progress(fetched_bytes=len(PHOTO) // 2, total_bytes=len(PHOTO), variants=1)
    task_ids = [
        await client.enqueue(url),
        await client.enqueue(url, other=Transformation(width=10)),
    ]
    for task_id in task_ids:
        task = await seen(client, task_id, lambda task: task.progress == expected)
        assert task.stage is Stage.FETCHING
    may_go_on.set()
    ends = [await client.end_of(task_id) for task_id in task_ids]
    assert [task.progress for task in ends] == [None, None]


async def test_the_variants_that_are_done_are_told(client: Client, origin: Origin) -> None:
    """While the others are still being made."""
    url = origin.serve("/many-variants.jpg", body(photo(3000, 2000, seed=4)))
    variants = {f"v{width}": Transformation(width=width, format="avif", effort=4) for width in range(700, 2700, 250)}
    task_id = await client.enqueue(url, **variants)
    task = await seen(client, task_id, lambda task: bool(task.progress and task.progress.variants_done))
    assert task.stage is Stage.TRANSFORMING
    assert task.progress is not None
    assert 0 < task.progress.variants_done < task.progress.variants == 8
    assert task.progress.fetched_bytes == task.progress.total_bytes
    assert (await client.end_of(task_id)).progress is None
