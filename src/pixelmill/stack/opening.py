"""Opens a data directory: makes it, locks it, clears away what a killed run left.

Two locks, both on folders, so that no lock file is ever left: `pixelmill up` holds the data directory, and the guardian
of each process shares one on `run/` until the last process it is responsible for has ended.
"""

import errno
import fcntl
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pixelmill.stack.data_dir import DataDir
from pixelmill.stack.failures import DataDirInUse, DataDirUnwritable, DiskFull
from pixelmill.stack.interrupts import Interrupts
from pixelmill.stack.socket_folder import make_socket_folder, remove_socket_folder

FREE_BYTES_NEEDED = 500_000_000
"""An empty Postgres takes 40 MB and its log of changes up to 80; the rest is room for images to begin with."""

LAST_RUN_SECONDS = 60.0
"""How long a stack whose `up` was killed may take to end: its slowest process, a worker with a hung task, and some."""

_UNUSABLE = re.compile(r'[\n\r"\\$%]|\s[;#]')
"""What the servers' configuration files cannot express in a path."""


@contextmanager
def open_data_dir(root: Path, interrupts: Interrupts) -> Iterator[DataDir]:
    """A data directory of one's own, for the length of a `with` block.

    Raises:
        DataDirUnwritable: It cannot be made or written by this user.
        DiskFull: Too little space is left.
        DataDirInUse: Another `pixelmill up` uses it.
        StopRequested: A stop was requested meanwhile.
    """
    root = root.absolute()
    with explained(root):
        _prepare(root)
        lock = _lock(root)
    try:
        run = root / "run"
        _await_last_run(run, interrupts)
        with explained(root):
            _clear(run)
            sockets = make_socket_folder(run)
        try:
            yield DataDir(root, sockets)
        finally:
            _clear(run)
    finally:
        os.close(lock)


@contextmanager
def explained(root: Path) -> Iterator[None]:
    """Say in one sentence why something in a data directory could not be read or written.

    Raises:
        DataDirUnwritable: This user may not.
        DiskFull: No space is left.
    """
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise DiskFull(f"the disk that holds {root} is full.") from error
        raise DataDirUnwritable(f"the data directory {root} cannot be used: {error.strerror}.") from error


def _prepare(root: Path) -> None:
    if _UNUSABLE.search(str(root)):
        raise DataDirUnwritable(f"the data directory {root} cannot be used: its path has characters like $ or %.")
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    free_bytes = shutil.disk_usage(root).free
    if free_bytes < FREE_BYTES_NEEDED:
        raise DiskFull(
            f"the disk that holds {root} has {free_bytes // 1_000_000} MB left; "
            f"{FREE_BYTES_NEEDED // 1_000_000} MB are needed."
        )
    engine_file = root / "engine.json"
    if engine_file.exists() and engine_file.stat().st_uid != os.geteuid():
        raise DataDirUnwritable(
            f"the data directory {root} was made by another user: run as that user, or use another."
        )
    for folder in ("run", "logs", "store"):
        (root / folder).mkdir(mode=0o700, exist_ok=True)
    probe = root / "run" / "probe"
    probe.write_bytes(b"\0")
    probe.unlink()


def _lock(root: Path) -> int:
    descriptor = os.open(root, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise DataDirInUse(f"another pixelmill up uses the data directory {root}.") from None
    return descriptor


def _await_last_run(run: Path, interrupts: Interrupts) -> None:
    """Wait until no process of a run that was killed is left."""
    descriptor = os.open(run, os.O_RDONLY)

    def is_free() -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    try:
        if not interrupts.wait_for(is_free, LAST_RUN_SECONDS):
            raise DataDirInUse(f"processes of the last run still use {run.parent}; wait until they have ended.")
    finally:
        os.close(descriptor)


def _clear(run: Path) -> None:
    """Empty `run/`. The folder itself stays: it is what the lock is on."""
    remove_socket_folder(run)
    for entry in run.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()
