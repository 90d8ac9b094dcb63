"""The contract every store keeps: whole files under keys, listed by slot, gone when deleted."""

import hashlib
import os
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from pixelmill.domain.errors import SourceNotFound, StoreUnavailable
from pixelmill.domain.limits import MEBIBYTE
from pixelmill.settings import SettingsError, StoreSettings
from pixelmill.store import keys
from pixelmill.store.keys import Kind
from pixelmill.store.store import Store

TASK_ID = "5f1c0d9e8b7a6f5e4d3c2b1a09f8e7d6"
OTHER_TASK_ID = "0" * 32
SLOT = "20261124T0430"
LATER_SLOT = "20261124T0431"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def store(root: Path) -> Store:
    return Store.open(StoreSettings(url=root.as_uri()))


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "image.bin"
    path.write_bytes(os.urandom(3 * MEBIBYTE + 17))
    return path


def result_key(slot: str = SLOT, task_id: str = TASK_ID, filename: str = "image.webp") -> str:
    return keys.result_key(slot, task_id, "1f0c8a52", filename)


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


async def test_what_is_put_is_fetched_unchanged(store: Store, image: Path, tmp_path: Path) -> None:
    """A stored file comes back with the same bytes."""
    await store.put_files({result_key(): image})
    fetched = tmp_path / "fetched"
    assert await store.fetch_file(result_key(), fetched) == image.stat().st_size
    assert digest(fetched) == digest(image)


async def test_putting_again_replaces(store: Store, image: Path, root: Path, tmp_path: Path) -> None:
    """The same key holds the newest file."""
    second = tmp_path / "second"
    second.write_bytes(b"second")
    await store.put_files({result_key(): image})
    await store.put_files({result_key(): second})
    assert (root / result_key()).read_bytes() == b"second"


async def test_several_files_are_put_at_once(store: Store, image: Path) -> None:
    """All variants of a task arrive together."""
    names = {result_key(filename=f"variant-{number}.jpg") for number in range(20)}
    await store.put_files(dict.fromkeys(names, image))
    assert {file.key for file in await store.list_files(keys.slot_key(Kind.RESULTS, SLOT))} == names


async def test_a_missing_upload_is_a_missing_source(store: Store, tmp_path: Path) -> None:
    """The task fails for good with words that say what to do."""
    with pytest.raises(SourceNotFound, match="send it again"):
        await store.fetch_file(keys.upload_key(SLOT, TASK_ID), tmp_path / "fetched")


async def test_slots_are_listed_by_age(store: Store, image: Path) -> None:
    """A sweep finds old slots first, in both kinds."""
    for slot in (LATER_SLOT, SLOT):
        await store.put_files({result_key(slot): image, keys.upload_key(slot, OTHER_TASK_ID): image})
    assert await store.list_slots(Kind.RESULTS) == [SLOT, LATER_SLOT]
    assert await store.list_slots(Kind.UPLOADS) == [SLOT, LATER_SLOT]


async def test_files_are_listed_with_their_sizes(store: Store, image: Path) -> None:
    """A sweep counts the bytes it removes."""
    await store.put_files({result_key(): image})
    await store.put_files({keys.upload_key(SLOT, TASK_ID): image})
    (file,) = await store.list_files(keys.slot_key(Kind.UPLOADS, SLOT))
    assert file.key == keys.upload_key(SLOT, TASK_ID)
    (file,) = await store.list_files(keys.slot_key(Kind.RESULTS, SLOT))
    assert (file.key, file.size_bytes) == (result_key(), image.stat().st_size)


async def test_an_empty_store_lists_nothing(store: Store) -> None:
    """A fresh store is no error."""
    assert await store.list_slots(Kind.RESULTS) == []
    assert await store.list_files(keys.slot_key(Kind.RESULTS, SLOT)) == []


async def test_deleting_takes_the_empty_folders_along(store: Store, image: Path) -> None:
    """An expired slot disappears; its neighbor stays."""
    await store.put_files({result_key(): image, result_key(LATER_SLOT): image})
    await store.delete([result_key(), result_key(filename="never-there.png")])
    assert await store.list_slots(Kind.RESULTS) == [LATER_SLOT]


async def test_pruning_takes_empty_folders_only(store: Store, image: Path, root: Path) -> None:
    """What a killed worker left empty goes; a file keeps its folders."""
    await store.put_files({result_key(): image})
    left = root / "results" / SLOT / OTHER_TASK_ID / "deadbeef"
    left.mkdir(parents=True)
    await store.prune_slot(Kind.RESULTS, SLOT)
    assert not left.parent.exists()
    assert (root / result_key()).is_file()
    await store.delete([result_key()])
    await store.prune_slot(Kind.RESULTS, SLOT)
    assert await store.list_slots(Kind.RESULTS) == []


async def test_leftovers_go_once_they_are_old(store: Store, root: Path) -> None:
    """What a killed process left half written is removed, what is being written is not."""
    leftover = root / "unfinished" / "0123#1"
    leftover.write_bytes(b"half")
    assert await store.delete_unfinished(timedelta(hours=1)) == 0
    os.utime(leftover, (0, 0))
    assert await store.delete_unfinished(timedelta(hours=1)) == 1
    assert not leftover.exists()


async def test_other_users_can_read_results(store: Store, image: Path, root: Path) -> None:
    """The files are served by nginx as another user, whatever the umask of the worker is."""
    image.chmod(0o600)
    umask = os.umask(0o077)
    try:
        await store.put_files({result_key(): image})
    finally:
        os.umask(umask)
    path = root / result_key()
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    folders = [folder for folder in path.parents if root in folder.parents]
    assert [stat.S_IMODE(folder.stat().st_mode) for folder in folders] == [0o755] * 4


@pytest.mark.parametrize("url", ["s3://bucket", "file://host/folder", "folder", "memory:///"])
def test_an_unknown_store_is_refused_by_name(url: str) -> None:
    """The operator reads which setting is wrong."""
    with pytest.raises(SettingsError, match="PIXELMILL_STORE_URL"):
        Store.open(StoreSettings(url=url))


def test_a_folder_with_spaces_is_found(tmp_path: Path) -> None:
    """The URL of a folder may be percent-encoded."""
    folder = tmp_path / "my store"
    Store.open(StoreSettings(url=folder.as_uri()))
    assert folder.is_dir()


def test_a_store_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    """The role ends with the catalogue's error, not with a path in a traceback."""
    (tmp_path / "file").touch()
    with pytest.raises(StoreUnavailable):
        Store.open(StoreSettings(url=(tmp_path / "file" / "store").as_uri()))


async def test_a_working_store_passes_its_probe(store: Store, root: Path) -> None:
    """The probe leaves nothing behind."""
    await store.probe()
    assert list((root / "unfinished").iterdir()) == []
