"""Whole or absent, whatever happens: full disks, kills, sweeps at the same time."""

import asyncio
import hashlib
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from pixelmill.domain.errors import StoreUnavailable
from pixelmill.domain.limits import MEBIBYTE
from pixelmill.settings import StoreSettings
from pixelmill.store import keys
from pixelmill.store.keys import Kind
from pixelmill.store.store import Store
from tests.support.wait import wait_until

TASK_ID = "5f1c0d9e8b7a6f5e4d3c2b1a09f8e7d6"
SLOT = "20261124T0430"
KEY = keys.result_key(SLOT, TASK_ID, "1f0c8a52", "image.webp")

PUT_FOREVER = """
import asyncio, itertools, sys
from pathlib import Path
from pixelmill.settings import StoreSettings
from pixelmill.store import keys
from pixelmill.store.store import Store

store = Store.open(StoreSettings(url=sys.argv[1]))
for number in itertools.count():
    key = keys.result_key(sys.argv[3], sys.argv[4], f"{number:08x}", "image.webp")
    asyncio.run(store.put_files({key: Path(sys.argv[2])}))
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def store(root: Path) -> Store:
    return Store.open(StoreSettings(url=root.as_uri()))


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "image.bin"
    path.write_bytes(os.urandom(4 * MEBIBYTE))
    return path


@contextmanager
def disk_full_after(size_bytes: int) -> Iterator[None]:
    """Let no file grow beyond a size: writes fail half-way, as they do on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_a_full_disk_leaves_nothing_behind(store: Store, image: Path, root: Path) -> None:
    """A write that fails half-way is the catalogue's error, and no part of the file is there."""
    with disk_full_after(MEBIBYTE), pytest.raises(StoreUnavailable):
        await store.put_files({KEY: image})
    assert files_below(root) == []


async def test_a_vanished_folder_is_unavailable(store: Store, image: Path, root: Path) -> None:
    """The probe notices, and so does a put: neither hangs, neither raises anything else."""
    (root / "unfinished").rmdir()
    (root / "unfinished").write_bytes(b"in the way")
    with pytest.raises(StoreUnavailable):
        await store.probe()
    with pytest.raises(StoreUnavailable):
        await store.put_files({KEY: image})


async def test_bytes_are_on_disk_before_the_name_and_folders_after_it(
    store: Store, image: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is synced before it gets its name, then every folder up to the root: a power cut loses nothing."""
    synced: list[tuple[Path, bool]] = []
    sync = os.fsync

    def record(descriptor: int) -> None:
        synced.append((Path(f"/proc/self/fd/{descriptor}").readlink(), (root / KEY).exists()))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", record)
    await store.put_files({KEY: image})

    (staged, published), *folders = synced
    assert staged.parent == root / "unfinished"
    assert not published
    up_to_the_root = [folder for folder in (root / KEY).parents if folder == root or root in folder.parents]
    assert folders == [(folder, True) for folder in up_to_the_root]


@pytest.mark.parametrize("delay_tries", [1, 2, 3])
async def test_a_killed_writer_leaves_whole_results_and_sweepable_leftovers(
    store: Store, image: Path, root: Path, delay_tries: int
) -> None:
    """After kill -9 in the middle of writing, what is served is whole and the rest can be removed."""
    command = [sys.executable, "-c", PUT_FOREVER, root.as_uri(), str(image), SLOT, TASK_ID]
    with subprocess.Popen(command) as writer:
        wait_until(lambda: len(files_below(root / "results")) >= delay_tries)
        writer.send_signal(signal.SIGKILL)
    digests = {hashlib.sha256(path.read_bytes()).hexdigest() for path in files_below(root / "results")}
    assert digests == {hashlib.sha256(image.read_bytes()).hexdigest()}
    await store.delete_unfinished(timedelta())
    assert files_below(root / "unfinished") == []


async def test_a_sweep_that_removes_empty_folders_never_breaks_a_put(store: Store, tmp_path: Path) -> None:
    """Folders may vanish between being made and being used; the file arrives all the same."""
    small = tmp_path / "small"
    small.write_bytes(b"small")
    sweeping = [store.prune_slot(Kind.RESULTS, SLOT) for _ in range(200)]
    putting = [
        store.put_files({keys.result_key(SLOT, TASK_ID, f"{number:08x}", "image.webp"): small}) for number in range(100)
    ]
    await asyncio.gather(*(call for pair in zip(putting, sweeping[::2], strict=True) for call in pair), *sweeping[1::2])
    assert len(await store.list_files(keys.slot_key(Kind.RESULTS, SLOT))) == 100
