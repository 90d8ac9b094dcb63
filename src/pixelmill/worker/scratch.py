"""Folders for unfinished work: one for each worker process, in it one for each execution. None outlives its owner.

A process holds a lock on its folder; the system lets go of the lock when the process dies, however it dies. So a worker
that starts tells the folders of dead ones from those in use, and removes them.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import structlog

FOLDER_PREFIX: Final = "pixelmill-scratch-"

_log = structlog.get_logger()


class Scratch:
    """The folder of this process. Use as a context manager; raises `OSError` if there can be none.

    Args:
        base: Where it is made; the system's folder for temporary files by default.
    """

    def __init__(self, base: Path | None) -> None:
        self._base = base or Path(tempfile.gettempdir())

    def __enter__(self) -> Self:
        self._base.mkdir(parents=True, exist_ok=True)
        _remove_folders_of_the_dead(self._base)
        self.path, self._lock = _make_locked(self._base)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._lock)

    @contextmanager
    def folder(self, name: str) -> Iterator[Path]:
        """A folder that is removed with all that is in it, whatever happens."""
        folder = self.path / name
        folder.mkdir()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _make_locked(base: Path) -> tuple[Path, int]:
    while True:
        path = Path(tempfile.mkdtemp(prefix=FOLDER_PREFIX, dir=base))
        lock = _lock(path)
        if lock is not None:
            return path, lock
        # Another worker took the folder for a dead one's, in the moment before it was locked. Make another.


def _remove_folders_of_the_dead(base: Path) -> None:
    for path in base.glob(f"{FOLDER_PREFIX}*"):
        lock = _lock(path)
        if lock is not None:
            shutil.rmtree(path, ignore_errors=True)
            os.close(lock)
            _log.info("stale_scratch_removed", folder=path.name)


def _lock(path: Path) -> int | None:
    """Lock a folder; returns its descriptor, or None if a living process has it, or it is gone or another user's."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Whoever had the lock before may have removed the folder: then this is a lock on nothing.
        if os.fstat(descriptor).st_nlink:
            return descriptor
    except OSError:
        pass
    os.close(descriptor)
    return None
