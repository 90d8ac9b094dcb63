import asyncio
import os
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
from PIL import Image

from pixelmill.domain.errors import (
    CorruptImage,
    PixelmillError,
    TooManyPixels,
    TransformCrashed,
    TransformTimeout,
)
from pixelmill.domain.source import ImageFormat
from pixelmill.domain.transformation import Transformation
from pixelmill.settings import TransformSettings
from pixelmill.transform.child_handle import ChildHandle
from pixelmill.transform.order import MadeVariant, Order, Reply, Tell
from pixelmill.transform.sandbox import Sandbox
from tests.support.bombs import announcing
from tests.support.children import children_of
from tests.support.images import encode, opened, photo, save
from tests.support.wait import wait_until_async

PHOTO = encode(photo(400, 300), "JPEG")
# Some seconds of work for an encoder that cannot be interrupted.
SLOW = Transformation(width=6000, height=4000, format="avif")
SMALL = Transformation(width=40)


def order(
    folder: Path, transformation: Transformation = SMALL, *, content: bytes = PHOTO, image_format: str = "jpeg"
) -> Order:
    folder.mkdir()
    source = folder / "source"
    source.write_bytes(content)
    return Order(
        source_path=source,
        format=ImageFormat(image_format),
        scratch_dir=folder,
        variants={"image": transformation},
    )


async def at_work(child: psutil.Process) -> None:
    """Wait until a child has started on what it was given."""
    idle_seconds = child.cpu_times().user

    async def has_worked() -> bool:
        return child.cpu_times().user > idle_seconds + 0.1

    await wait_until_async(has_worked)


@pytest.fixture
async def sandbox(tmp_path: Path) -> AsyncIterator[Sandbox]:
    async with Sandbox(TransformSettings(processes=2, timeout_seconds=30), tmp_path) as sandbox:
        yield sandbox


async def test_an_order_is_made(sandbox: Sandbox, tmp_path: Path) -> None:
    """The variant lies in the order's scratch folder when the call returns."""
    made = await sandbox.transform(order(tmp_path / "order"))
    variant = made.variants["image"]

    assert isinstance(variant, MadeVariant)
    assert variant.path == tmp_path / "order" / "image.jpg"
    assert opened(variant.path.read_bytes()).size == (40, 30)


async def test_more_orders_than_children_wait_their_turn(sandbox: Sandbox, tmp_path: Path) -> None:
    """All are made, by the same two children."""
    before = {child.pid for child in children_of()}

    made = await asyncio.gather(*(sandbox.transform(order(tmp_path / f"order-{index}")) for index in range(12)))

    assert len(made) == 12
    assert {child.pid for child in children_of()} == before
    assert len(before) == 2


async def test_an_order_gets_the_cores_of_idle_children(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Alone it may encode on both; the one that comes to the last child may not."""
    encoders: list[int] = []
    exchange = ChildHandle.exchange

    async def noted(child: ChildHandle, order: Order, tell: Tell) -> Reply:
        encoders.append(order.encoders)
        return await exchange(child, order, tell)

    monkeypatch.setattr(ChildHandle, "exchange", noted)

    await sandbox.transform(order(tmp_path / "alone"))
    await asyncio.gather(*(sandbox.transform(order(tmp_path / f"order-{index}")) for index in range(2)))

    assert encoders == [2, 2, 1]


async def test_a_confined_child_encodes_on_several_threads(sandbox: Sandbox, tmp_path: Path) -> None:
    """What it may not do any more leaves it its threads."""
    formats = ("avif", "webp", "jpeg", "png", "gif")
    many = order(tmp_path / "many")
    many.variants.clear()
    many.variants.update(
        {f"{name}-{width}": Transformation(width=width, format=name) for name in formats for width in (300, 200, 90)}
    )

    made = await sandbox.transform(many)

    assert [type(end) for end in made.variants.values()] == [MadeVariant] * 15


@pytest.mark.parametrize(
    ("content", "image_format", "expected"),
    [
        (PHOTO[: len(PHOTO) // 2], "jpeg", CorruptImage),
        (announcing("png", 60_000, 60_000), "png", TooManyPixels),
    ],
    ids=["truncated", "bomb"],
)
async def test_an_order_fails_by_its_own_error(
    sandbox: Sandbox, tmp_path: Path, content: bytes, image_format: str, expected: type[PixelmillError]
) -> None:
    """What the child found arrives as it is, with its detail, and the child goes on."""
    before = {child.pid for child in children_of()}

    with pytest.raises(expected) as caught:
        await sandbox.transform(order(tmp_path / "bad", content=content, image_format=image_format))

    assert caught.value.detail != f"{expected.title}."
    assert {child.pid for child in children_of()} == before


async def test_a_child_is_killed_at_the_deadline(tmp_path: Path) -> None:
    """An encoder that listens to nothing is stopped on time; the next order is made."""
    async with Sandbox(TransformSettings(processes=1, timeout_seconds=0.5), tmp_path) as sandbox:
        [child] = children_of()

        with pytest.raises(TransformTimeout, match=r"0\.5 seconds"):
            await sandbox.transform(order(tmp_path / "slow", SLOW))

        assert not child.is_running()
        assert (await sandbox.transform(order(tmp_path / "next"))).variants


async def test_a_canceled_order_kills_its_child(tmp_path: Path) -> None:
    """Cancel means now: when the call has ended its child is gone, and nothing is written any more."""
    async with Sandbox(TransformSettings(processes=1), tmp_path) as sandbox:
        [child] = children_of()
        call = asyncio.create_task(sandbox.transform(order(tmp_path / "slow", SLOW)))
        await at_work(child)

        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call

        assert not child.is_running()
        assert [path.name for path in (tmp_path / "slow").iterdir()] == ["source"]
        assert (await sandbox.transform(order(tmp_path / "next"))).variants


async def test_a_child_that_outgrows_its_memory_is_killed(tmp_path: Path) -> None:
    """A picture that needs more than the limit costs its own order only."""
    large = save(Image.new("RGB", (9000, 7000), "red"), "PNG", compress_level=1)
    settings = TransformSettings(processes=1, memory_bytes=256 * 1024 * 1024)
    async with Sandbox(settings, tmp_path) as sandbox:
        greedy = order(tmp_path / "greedy", Transformation(width=6000), content=large, image_format="png")
        # Two sizes so close that both are made from the decoded picture: it has to lie in memory as a whole.
        greedy.variants["second"] = Transformation(width=5500)

        with pytest.raises(TransformCrashed, match="more memory"):
            await sandbox.transform(greedy)

        assert (await sandbox.transform(order(tmp_path / "next"))).variants


async def test_a_child_is_replaced_after_its_share_of_orders(tmp_path: Path) -> None:
    """What leaks in a decoder does not add up."""
    async with Sandbox(TransformSettings(processes=1, recycle_tasks=3), tmp_path) as sandbox:
        served = set()
        for index in range(7):
            await sandbox.transform(order(tmp_path / f"order-{index}"))
            served |= {child.pid for child in children_of()}

    assert len(served) == 3


async def test_a_child_that_has_grown_is_replaced(tmp_path: Path) -> None:
    """What a decoder keeps of a large picture is given back; no order that waits meanwhile is lost."""
    settings = TransformSettings(processes=2).model_copy(update={"recycle_bytes": 1})  # which every child exceeds
    async with Sandbox(settings, tmp_path) as sandbox:
        before = {child.pid for child in children_of()}

        async def are_replaced() -> bool:
            now = {child.pid for child in children_of()}
            return len(now) == 2 and not now & before

        made = await asyncio.gather(*(sandbox.transform(order(tmp_path / f"order-{index}")) for index in range(6)))

        assert len(made) == 6
        await wait_until_async(are_replaced)


async def test_the_desk_of_a_child_goes_with_it(tmp_path: Path) -> None:
    """Whatever it died of, in the middle of whatever: the scratch folder does not fill."""
    async with Sandbox(TransformSettings(processes=1, timeout_seconds=0.5), tmp_path) as sandbox:
        [before] = tmp_path.glob("child-*")
        with pytest.raises(TransformTimeout):
            await sandbox.transform(order(tmp_path / "slow", SLOW))

        assert not before.exists()
        assert (await sandbox.transform(order(tmp_path / "next"))).variants

    assert list(tmp_path.glob("child-*")) == []


async def test_a_source_on_another_file_system_is_made(sandbox: Sandbox, tmp_path: Path) -> None:
    """It cannot be linked onto the desk of a child, so it is copied."""
    memory = Path("/dev/shm")  # noqa: S108 - another file system
    if not memory.is_dir() or memory.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no other file system here")
    with tempfile.NamedTemporaryFile(dir=memory) as source:
        source.write(PHOTO)
        source.flush()
        asked = order(tmp_path / "order").model_copy(update={"source_path": Path(source.name)})

        assert (await sandbox.transform(asked)).variants


async def test_close_leaves_no_child_and_nobody_waiting(tmp_path: Path) -> None:
    """Calls that run or wait when the sandbox closes end with an error."""
    sandbox = Sandbox(TransformSettings(processes=1), tmp_path)
    await sandbox.start()
    [child] = children_of()
    calls = [asyncio.create_task(sandbox.transform(order(tmp_path / f"slow-{index}", SLOW))) for index in range(3)]
    await at_work(child)

    await sandbox.close()
    ends = await asyncio.gather(*calls, return_exceptions=True)

    assert [type(end) for end in ends] == [TransformCrashed] * 3
    assert children_of() == []


async def test_a_sandbox_that_cannot_start_says_so(tmp_path: Path) -> None:
    """A missing scratch folder ends the start, with nothing left behind."""
    with pytest.raises(TransformCrashed, match="cannot be started"):
        await Sandbox(TransformSettings(processes=2), tmp_path / "missing").start()

    assert children_of() == []


async def test_one_child_a_core_is_the_default(tmp_path: Path) -> None:
    """0 processes means as many as this process may use cores."""
    async with Sandbox(TransformSettings(processes=0), tmp_path):
        assert len(children_of()) == len(os.sched_getaffinity(0))
