"""Children that die or hang by themselves, and a worker that is killed: nothing is lost but the attempt."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from pixelmill.domain.errors import TransformCrashed, TransformTimeout
from pixelmill.domain.source import ImageFormat
from pixelmill.domain.transformation import Transformation
from pixelmill.settings import TransformSettings
from pixelmill.transform.order import Order
from pixelmill.transform.sandbox import Sandbox
from tests.support.children import children_of
from tests.support.images import encode, photo
from tests.support.wait import wait_until, wait_until_async

PHOTO = encode(photo(400, 300), "JPEG")
SMALL = Transformation(width=40)
SLOW = Transformation(width=6000, height=4000, format="avif")


def order(folder: Path, transformation: Transformation = SMALL) -> Order:
    folder.mkdir()
    source = folder / "source"
    source.write_bytes(PHOTO)
    return Order(source_path=source, format=ImageFormat.JPEG, scratch_dir=folder, variants={"image": transformation})


@pytest.fixture
async def sandbox(tmp_path: Path) -> AsyncIterator[Sandbox]:
    async with Sandbox(TransformSettings(processes=2, timeout_seconds=5), tmp_path) as sandbox:
        yield sandbox


async def busy_child() -> psutil.Process:
    idle_seconds = {child: child.cpu_times().user for child in children_of()}

    async def busy() -> list[psutil.Process]:
        return [child for child, seconds in idle_seconds.items() if child.cpu_times().user > seconds + 0.1]

    await wait_until_async(busy)
    return (await busy())[0]


@pytest.mark.parametrize("death", [signal.SIGSEGV, signal.SIGABRT, signal.SIGKILL])
async def test_a_crash_costs_its_own_order_only(sandbox: Sandbox, tmp_path: Path, death: signal.Signals) -> None:
    """A decoder that crashes takes one attempt with it; orders beside it and after it are made."""
    doomed = asyncio.create_task(sandbox.transform(order(tmp_path / "doomed", SLOW)))
    child = await busy_child()
    others = [asyncio.create_task(sandbox.transform(order(tmp_path / f"other-{index}"))) for index in range(5)]

    child.send_signal(death)

    with pytest.raises(TransformCrashed, match="died"):
        await doomed
    assert len(await asyncio.gather(*others)) == 5
    assert (await sandbox.transform(order(tmp_path / "after"))).variants


async def test_a_hanging_child_is_killed_at_the_deadline(tmp_path: Path) -> None:
    """A decoder that stands still, and would not notice any polite signal, is gone after the deadline."""
    async with Sandbox(TransformSettings(processes=1, timeout_seconds=0.5), tmp_path) as sandbox:
        [child] = children_of()
        child.suspend()

        with pytest.raises(TransformTimeout):
            await sandbox.transform(order(tmp_path / "stuck"))

        assert not child.is_running()
        assert (await sandbox.transform(order(tmp_path / "next"))).variants


async def test_an_idle_child_that_dies_costs_nothing(sandbox: Sandbox, tmp_path: Path) -> None:
    """Nobody's attempt is spent on it: another one is started at once."""
    before = {child.pid for child in children_of()}
    for child in children_of():
        child.kill()

    async def replaced() -> bool:
        return len({child.pid for child in children_of()} - before) == 2

    await wait_until_async(replaced)

    made = await asyncio.gather(*(sandbox.transform(order(tmp_path / f"order-{index}")) for index in range(4)))
    assert len(made) == 4


WORKER = """
import asyncio, sys
from pathlib import Path
from pixelmill.domain.source import ImageFormat
from pixelmill.domain.transformation import Transformation
from pixelmill.settings import TransformSettings
from pixelmill.transform.order import Order
from pixelmill.transform.sandbox import Sandbox

async def main(scratch: Path) -> None:
    async with Sandbox(TransformSettings(processes=2), scratch) as sandbox:
        slow = Transformation(width=6000, height=4000, format="avif")
        order = Order(
            source_path=scratch / "source", format=ImageFormat.JPEG, scratch_dir=scratch, variants={"image": slow}
        )
        print("working", flush=True)
        await sandbox.transform(order)

asyncio.run(main(Path(sys.argv[1])))
"""


def test_children_die_with_their_worker(tmp_path: Path) -> None:
    """A worker killed with -9 leaves neither the idle child nor the one in the middle of an image."""
    (tmp_path / "source").write_bytes(PHOTO)
    with subprocess.Popen([sys.executable, "-c", WORKER, str(tmp_path)], stdout=subprocess.PIPE) as worker:
        assert worker.stdout is not None
        assert worker.stdout.readline() == b"working\n"
        children = children_of(worker.pid)
        wait_until(lambda: any(child.cpu_times().user > 0.6 for child in children))

        worker.kill()

    assert len(children) == 2
    wait_until(lambda: not any(child.is_running() for child in children), timeout_seconds=2)
