"""Uploads that several tasks share: they stay for the last one, and leave nothing behind."""

from datetime import UTC, datetime, timedelta

import pytest

from pixelmill.settings import ResultSettings
from tests.integration.expire.conftest import House, upload_of
from tests.support.kept_tasks import uploaded, work_of
from tests.support.tasks import a_task_id
from tests.support.wait import wait_until_async

SHORT = ResultSettings(life_seconds=1, failure_life_seconds=1)


async def is_over(house: House, name: str) -> None:
    async def over() -> bool:
        return await house.queue.get(a_task_id(name)) is None

    await wait_until_async(over)


@pytest.mark.parametrize("results", [SHORT])
@pytest.mark.parametrize("other", ["slow", "waiting"])
async def test_a_shared_upload_stays_for_the_last_task(house: House, other: str) -> None:
    """A dead letter, or one that waits to be run."""
    done = await house.upload("done")
    last = work_of(a_task_id(other), uploaded(upload_of(done)), datetime.now(UTC))
    await house.run(done)
    await (house.queue.enqueue(last) if other == "waiting" else house.run(last))
    await is_over(house, "done")
    sweep = house.sweep

    await sweep.run(house.past())
    assert house.files() == {upload_of(done)}

    client = house.queue._engine.client
    await client.delete(house.queue._engine.key(last.task_id))
    await sweep.run(house.past() + timedelta(hours=1))
    assert house.files() == set()
    assert await client.keys("pixelmill:uploads:*") == []


async def test_an_upload_whose_task_was_never_enqueued_goes(house: House) -> None:
    """The api was killed in between."""
    await house.upload("lost")
    await house.sweep.run(house.past())
    assert house.files() == set()
