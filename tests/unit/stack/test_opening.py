"""A data directory is locked, private, and refused in one sentence when it cannot be used."""

import errno
import fcntl
import os
import shutil
import signal
import stat
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from pixelmill.stack import opening
from pixelmill.stack.failures import DataDirInUse, DataDirUnwritable, DiskFull
from pixelmill.stack.interrupts import Interrupts, StopRequested
from pixelmill.stack.opening import explained, open_data_dir


class Usage(NamedTuple):
    total: int
    used: int
    free: int


@pytest.fixture
def interrupts() -> Iterator[Interrupts]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    yield Interrupts()
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "data"


def test_it_is_made_for_this_user_alone(root: Path, interrupts: Interrupts) -> None:
    """Images and secrets are nobody else's."""
    with open_data_dir(root, interrupts) as data:
        assert stat.S_IMODE(root.stat().st_mode) == 0o700
        assert stat.S_IMODE(data.sockets.stat().st_mode) == 0o700


def test_it_is_used_by_one_at_a_time(root: Path, interrupts: Interrupts) -> None:
    """The second is refused; when the first has ended, nothing keeps the next from starting."""
    with (
        open_data_dir(root, interrupts),
        pytest.raises(DataDirInUse, match="another pixelmill up"),
        open_data_dir(root, interrupts),
    ):
        pass

    with open_data_dir(root, interrupts):
        pass


def test_it_is_opened_when_the_last_process_of_a_killed_run_has_ended(root: Path, interrupts: Interrupts) -> None:
    """Two servers on the same files would destroy them."""
    with open_data_dir(root, interrupts) as data:
        run = data.run
    guardian = os.open(run, os.O_RDONLY)
    fcntl.flock(guardian, fcntl.LOCK_SH)
    started = time.monotonic()
    threading.Timer(0.3, os.close, [guardian]).start()

    with open_data_dir(root, interrupts):
        assert time.monotonic() - started >= 0.3


def test_a_last_run_that_does_not_end_is_reported(
    root: Path, interrupts: Interrupts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The wait has an end."""
    monkeypatch.setattr(opening, "LAST_RUN_SECONDS", 0.1)
    with open_data_dir(root, interrupts) as data:
        run = data.run
    guardian = os.open(run, os.O_RDONLY)
    fcntl.flock(guardian, fcntl.LOCK_SH)

    with pytest.raises(DataDirInUse, match="last run"), open_data_dir(root, interrupts):
        pass
    os.close(guardian)


def test_ctrl_c_ends_the_wait(root: Path, interrupts: Interrupts) -> None:
    """Whoever waits can be interrupted."""
    with open_data_dir(root, interrupts) as data:
        run = data.run
    guardian = os.open(run, os.O_RDONLY)
    fcntl.flock(guardian, fcntl.LOCK_SH)
    threading.Timer(0.1, os.kill, [os.getpid(), signal.SIGINT]).start()

    with pytest.raises(StopRequested), open_data_dir(root, interrupts):
        pass
    os.close(guardian)


def test_nothing_of_a_run_is_left(root: Path, interrupts: Interrupts) -> None:
    """No socket, no configuration, no scratch file; also not of a run that was killed."""
    with open_data_dir(root, interrupts) as data:
        (data.run / "killed.sock").touch()
        leftover = shutil.copytree(data.run, root / "copy")
    assert list((root / "run").iterdir()) == []
    shutil.copytree(leftover, root / "run", dirs_exist_ok=True)

    with open_data_dir(root, interrupts) as data:
        assert list(data.run.iterdir()) == []


def test_a_disk_without_room_is_refused(root: Path, interrupts: Interrupts, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is started that would fail half way."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**9, 10**9 - 4_200_000, 4_200_000))

    with pytest.raises(DiskFull, match="4 MB left; 500 MB are needed"), open_data_dir(root, interrupts):
        pass


def test_a_file_is_no_data_directory(tmp_path: Path, interrupts: Interrupts) -> None:
    """What cannot be made is named."""
    (tmp_path / "file").touch()

    with (
        pytest.raises(DataDirUnwritable, match=r"file/data cannot be used: Not a directory"),
        open_data_dir(tmp_path / "file" / "data", interrupts),
    ):
        pass


@pytest.mark.parametrize("name", ["a$b", 'a"b', "a ;b", "100%"])
def test_a_path_that_configuration_files_cannot_express_is_refused(
    tmp_path: Path, interrupts: Interrupts, name: str
) -> None:
    """Better than a server that reads another path."""
    with pytest.raises(DataDirUnwritable, match="its path has"), open_data_dir(tmp_path / name, interrupts):
        pass


@pytest.mark.parametrize(
    ("number", "error", "said"),
    [
        (errno.ENOSPC, DiskFull, "is full"),
        (errno.EDQUOT, DiskFull, "is full"),
        (errno.EROFS, DataDirUnwritable, "Read-only file system"),
    ],
)
def test_what_the_system_refuses_is_said_in_a_sentence(number: int, error: type[Exception], said: str) -> None:
    """Also when the disk fills up while the stack is being prepared."""
    with pytest.raises(error, match=said), explained(Path("/data")):
        raise OSError(number, os.strerror(number))
