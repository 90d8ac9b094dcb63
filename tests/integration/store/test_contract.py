"""The contract every store keeps: whole files under keys, listed by slot, gone when deleted."""

import asyncio
import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pixelmill.domain.errors import SourceNotFound, StoreUnavailable
from pixelmill.store import keys
from pixelmill.store.keys import Kind
from pixelmill.store.store import Store
from tests.integration.store.conftest import Home

TASK_ID = "5f1c0d9e8b7a6f5e4d3c2b1a09f8e7d6"
OTHER_TASK_ID = "0" * 32
SLOT = "20261124T0430"
LATER_SLOT = "20261124T0431"
DIGEST = 2 * TASK_ID


def result_key(slot: str = SLOT, task_id: str = TASK_ID, filename: str = "image.webp") -> str:
    return keys.result_key(slot, task_id, "1f0c8a52", filename)


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


async def test_what_is_put_is_fetched_unchanged(store: Store, image: Path, tmp_path: Path) -> None:
    """A stored file comes back with the same bytes."""
    await store.put_files({result_key(): image})
    fetched = tmp_path / "fetched"
    assert await store.lend_file(result_key(), fetched) == image.stat().st_size
    assert digest(fetched.read_bytes()) == digest(image.read_bytes())


async def test_an_empty_file_is_a_file(store: Store, tmp_path: Path) -> None:
    """Nobody makes one on purpose, but nothing breaks."""
    (tmp_path / "empty").touch()
    await store.put_files({result_key(): tmp_path / "empty"})
    assert await store.lend_file(result_key(), tmp_path / "fetched") == 0


async def test_what_is_adopted_stays_when_its_file_goes(store: Store, image: Path, home: Home) -> None:
    """A fetched source is kept after the task that fetched it has removed its scratch folder."""
    content = image.read_bytes()
    await store.adopt_file(result_key(), image)
    image.unlink()
    assert digest(home.read(result_key())) == digest(content)


async def test_what_is_lent_stays_when_the_store_removes_it(store: Store, image: Path, tmp_path: Path) -> None:
    """A sweep does not take a source from the task that works on it."""
    await store.put_files({result_key(): image})
    await store.lend_file(result_key(), tmp_path / "lent")
    await store.delete([result_key()])
    assert digest((tmp_path / "lent").read_bytes()) == digest(image.read_bytes())


async def test_putting_again_replaces(store: Store, image: Path, home: Home, tmp_path: Path) -> None:
    """The same key holds the newest file."""
    second = tmp_path / "second"
    second.write_bytes(b"second")
    await store.put_files({result_key(): image})
    await store.put_files({result_key(): second})
    assert home.read(result_key()) == b"second"


async def test_what_is_put_stays_when_its_file_goes(store: Store, image: Path, home: Home) -> None:
    """The scratch folder of a task is removed as soon as its variants are stored."""
    content = image.read_bytes()
    await store.put_files({result_key(): image})
    image.unlink()
    assert digest(home.read(result_key())) == digest(content)


async def test_a_received_file_is_taken_whole(store: Store, image: Path, home: Home) -> None:
    """What an upload was written to becomes the stored file; what is left of it is not found under any key."""
    received = store.receiving_folder / f"received-{image.parent.name}"
    received.write_bytes(image.read_bytes())
    key = keys.upload_key(SLOT, DIGEST)
    assert not await store.has_file(key)
    await store.take_file(key, received)
    assert await store.has_file(key)
    received.unlink(missing_ok=True)
    assert digest(home.read(key)) == digest(image.read_bytes())
    assert home.keys() == {key}


async def test_a_file_that_was_not_received_cannot_be_taken(store: Store) -> None:
    """Somebody removed it, or the disk is full."""
    with pytest.raises(StoreUnavailable):
        await store.take_file(keys.upload_key(SLOT, DIGEST), store.receiving_folder / "nothing")
    assert not await store.has_file(keys.upload_key(SLOT, DIGEST))


async def test_several_files_are_put_at_once(store: Store, image: Path, home: Home) -> None:
    """All variants of a task arrive together."""
    names = {result_key(filename=f"variant-{number}.jpg") for number in range(20)}
    await store.put_files(dict.fromkeys(names, image))
    assert home.keys() == names
    assert {file.key for file in await store.list_files(keys.slot_key(Kind.RESULTS, SLOT))} == names


async def test_a_file_that_cannot_be_read_stops_no_other(store: Store, image: Path, home: Home, tmp_path: Path) -> None:
    """The task fails, and each of its files is whole or absent."""
    missing = {result_key(filename="missing.jpg"): tmp_path / "missing"}
    with pytest.raises(StoreUnavailable):
        await store.put_files(missing | {result_key(): image})
    assert home.keys() <= {result_key()}


async def test_a_missing_upload_is_a_missing_source(store: Store, tmp_path: Path) -> None:
    """The task fails for good with words that say what to do."""
    with pytest.raises(SourceNotFound, match="send it again"):
        await store.lend_file(keys.upload_key(SLOT, DIGEST), tmp_path / "fetched")


async def test_slots_are_listed_by_age(store: Store, image: Path) -> None:
    """A sweep finds old slots first, in both kinds."""
    for slot in (LATER_SLOT, SLOT):
        await store.put_files({result_key(slot): image, keys.upload_key(slot, DIGEST): image})
    assert await store.list_slots(Kind.RESULTS) == [SLOT, LATER_SLOT]
    assert await store.list_slots(Kind.UPLOADS) == [SLOT, LATER_SLOT]


async def test_files_are_listed_with_their_sizes_and_times(store: Store, image: Path) -> None:
    """A sweep counts the bytes it removes."""
    await store.put_files({result_key(): image})
    await store.put_files({keys.upload_key(SLOT, DIGEST): image})
    (file,) = await store.list_files(keys.slot_key(Kind.UPLOADS, SLOT))
    assert file.key == keys.upload_key(SLOT, DIGEST)
    assert abs(file.modified_at - datetime.now(UTC)) < timedelta(minutes=1)
    (file,) = await store.list_files(keys.slot_key(Kind.RESULTS, SLOT))
    assert (file.key, file.size_bytes) == (result_key(), image.stat().st_size)


async def test_a_slot_lists_no_file_of_another_that_begins_like_it(store: Store, image: Path) -> None:
    """A prefix ends where a name ends."""
    await store.put_files({result_key(): image})
    assert await store.list_files(f"{Kind.RESULTS}/{SLOT[:-1]}") == []


async def test_more_files_are_listed_and_deleted_than_one_request_carries(
    store: Store, home: Home, tmp_path: Path
) -> None:
    """S3 answers with a thousand names at a time, and takes a thousand."""
    small = tmp_path / "small"
    small.write_bytes(b"small")
    names = [result_key(filename=f"variant-{number}.jpg") for number in range(1050)]
    await store.put_files(dict.fromkeys(names, small))
    assert len(await store.list_files(keys.slot_key(Kind.RESULTS, SLOT))) == len(names)
    await store.delete(names)
    assert home.keys() == set()


async def test_an_empty_store_lists_nothing(store: Store) -> None:
    """A fresh store is no error."""
    assert await store.list_slots(Kind.RESULTS) == []
    assert await store.list_files(keys.slot_key(Kind.RESULTS, SLOT)) == []


async def slots_with_files(store: Store) -> list[str]:
    """A server that imitates a bucket on a file system may list the name of what has just become empty for a while."""
    slots = await store.list_slots(Kind.RESULTS)
    return [slot for slot in slots if await store.list_files(keys.slot_key(Kind.RESULTS, slot))]


async def test_a_slot_goes_with_its_last_file(store: Store, image: Path) -> None:
    """An expired slot disappears; its neighbor stays."""
    await store.put_files({result_key(): image, result_key(LATER_SLOT): image})
    await store.delete([result_key(), result_key(filename="never-there.png")])
    assert await slots_with_files(store) == [LATER_SLOT]


async def test_deleting_twice_or_at_once_or_nothing_is_no_error(store: Store, image: Path) -> None:
    """Two sweeps may be at work for a moment."""
    await store.put_files({result_key(): image})
    await asyncio.gather(*(store.delete([result_key()]) for _ in range(4)), store.delete([]))
    assert await slots_with_files(store) == []


async def test_pruning_keeps_files(store: Store, image: Path, home: Home) -> None:
    """Only what is empty goes."""
    await store.put_files({result_key(): image})
    await store.prune_slot(Kind.RESULTS, SLOT)
    await store.prune_slot(Kind.RESULTS, LATER_SLOT)
    assert home.keys() == {result_key()}


async def test_a_working_store_passes_its_probe(store: Store, home: Home) -> None:
    """From threads and from event loops; the probe leaves nothing that looks like a file of somebody's."""
    await store.probe()
    store.probe_sync()
    assert home.keys() == set()


async def test_what_probes_leave_is_swept_once_it_is_old(store: Store) -> None:
    """A bucket is probed by writing; a process that died wrote last some time ago."""
    await store.probe()
    assert await store.delete_unfinished(timedelta(hours=1)) == 0
    await store.delete_unfinished(timedelta(seconds=-2))
    assert await store.delete_unfinished(timedelta(seconds=-2)) == 0
