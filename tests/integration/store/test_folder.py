"""What holds for a store in a folder, and for no other: folders, modes, leftovers."""

import os
import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from pixelmill.domain.errors import StoreUnavailable
from pixelmill.settings import StoreSettings
from pixelmill.store import keys
from pixelmill.store.keys import Kind
from pixelmill.store.store import Store

TASK_ID = "5f1c0d9e8b7a6f5e4d3c2b1a09f8e7d6"
OTHER_TASK_ID = "0" * 32
SLOT = "20261124T0430"
KEY = keys.result_key(SLOT, TASK_ID, "1f0c8a52", "image.webp")
LASTING = {kind.value for kind in Kind} | {"unfinished"}


@pytest.fixture
def store(root: Path) -> Store:
    return Store.open(StoreSettings(url=root.as_uri()))


@pytest.fixture
def other_file_system(tmp_path: Path) -> Iterator[Path]:
    """A folder that cannot be linked to from the store's: one in memory."""
    with TemporaryDirectory(dir="/dev/shm") as folder:
        assert Path(folder).stat().st_dev != tmp_path.stat().st_dev
        yield Path(folder)


def entries(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*")}


async def test_deleting_takes_the_empty_folders_along_but_not_the_roots(store: Store, image: Path, root: Path) -> None:
    """The folder nginx looks into is there from the start; a mount may be on it."""
    assert entries(root) == LASTING
    await store.put_files({KEY: image, keys.upload_key(SLOT, 2 * TASK_ID): image})
    await store.delete([KEY, keys.upload_key(SLOT, 2 * TASK_ID)])
    assert entries(root) == LASTING


async def test_sources_are_not_copied_on_one_file_system(store: Store, image: Path, root: Path, tmp_path: Path) -> None:
    """They have megabytes, come with nearly every task, and are never written to."""
    await store.adopt_file(KEY, image)
    await store.lend_file(KEY, tmp_path / "lent")
    assert {path.stat().st_ino for path in (root / KEY, tmp_path / "lent")} == {image.stat().st_ino}


async def test_sources_are_copied_between_file_systems(
    store: Store, image: Path, root: Path, other_file_system: Path
) -> None:
    """A container may have its scratch folder in memory, or a store that has no links."""
    elsewhere = other_file_system / "image"
    elsewhere.write_bytes(image.read_bytes())
    await store.adopt_file(KEY, elsewhere)
    await store.lend_file(KEY, other_file_system / "lent")
    assert (root / KEY).read_bytes() == (other_file_system / "lent").read_bytes() == image.read_bytes()


async def test_pruning_takes_empty_folders_only(store: Store, image: Path, root: Path) -> None:
    """What a killed worker left empty goes; a file keeps its folders, and the roots stay."""
    await store.put_files({KEY: image})
    left = root / "results" / SLOT / OTHER_TASK_ID / "deadbeef"
    left.mkdir(parents=True)
    await store.prune_slot(Kind.RESULTS, SLOT)
    assert not left.parent.exists()
    assert (root / KEY).is_file()
    await store.delete([KEY])
    await store.prune_slot(Kind.RESULTS, SLOT)
    assert entries(root) == LASTING


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
        await store.put_files({KEY: image})
    finally:
        os.umask(umask)
    path = root / KEY
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    folders = [folder for folder in path.parents if root in folder.parents]
    assert [stat.S_IMODE(folder.stat().st_mode) for folder in folders] == [0o755] * 4


def test_a_folder_has_no_addresses(store: Store) -> None:
    """The front serves it itself."""
    assert store.sign("GET", KEY) is None


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
