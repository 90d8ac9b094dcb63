"""A folder that keeps whole files: what obstore's local store leaves to its caller.

obstore writes atomically (`name#1`, then rename) but syncs nothing, and a kill leaves its `name#1` behind, next to the
results and invisible to its own listing. So a file is first written under `unfinished/`, which nobody serves, synced
there, and only then renamed to where it is found.
"""

import os
import uuid
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from time import time
from typing import Final, TypeVar

UNFINISHED: Final = "unfinished"
FILE_MODE: Final = 0o644
"""nginx reads as another user, whatever the umask of the worker."""
FOLDER_MODE: Final = 0o755

_PUBLISH_TRIES: Final = 5
"""Of making a folder and putting a file into it, against a sweep that removes the folder, still empty, in between."""

T = TypeVar("T")


class Folder:
    """A folder of whole files. Raises `OSError` for whatever the file system refuses.

    Args:
        root: Absolute path; made, with its parents, when it is missing.
        lasting: Names of folders in it that are made as well, and never removed.
    """

    def __init__(self, root: Path, lasting: Iterable[str] = ()) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)
        for name in (UNFINISHED, *lasting):
            _make_folder(root / name)

    def staging_key(self) -> str:
        """A fresh key to write a file under before it is published."""
        return f"{UNFINISHED}/{uuid.uuid4().hex}"

    def publish(self, keys: dict[str, str]) -> None:
        """Make staged files durable, each under its final key.

        Args:
            keys: Staging key to final key.
        """
        for staged in keys:
            _seal(self.root / staged)
        for staged, key in keys.items():
            self._move(self.root / staged, self.root / key)
        self._sync_folders(keys.values())

    def link_in(self, path: Path, key: str) -> bool:
        """Have a file under a key as well, without a copy or a wait for the disk; whether that can be done."""
        final = self.root / key
        return self._into_folder(final, lambda: _link(path, final))

    def link_out(self, key: str, path: Path) -> bool:
        """Have a kept file at `path` as well, without a copy; whether that can be done.

        Raises:
            FileNotFoundError: There is no file under the key.
        """
        return _link(self.root / key, path)

    def discard(self, keys: Iterable[str]) -> None:
        """Remove files, as far as they are there."""
        for key in keys:
            (self.root / key).unlink(missing_ok=True)

    def probe(self) -> None:
        """Write a small file through to the disk and remove it."""
        probe = self.root / self.staging_key()
        try:
            probe.write_bytes(b"probe")
            _seal(probe)
        finally:
            probe.unlink(missing_ok=True)

    def prune(self, prefix: str) -> None:
        """Remove the folder of a prefix and those below it, as far as they are empty."""
        for folder, _, _ in os.walk(self.root / prefix, topdown=False):
            # Not empty, or another sweep was faster: either way there is nothing left to do here.
            with suppress(OSError):
                Path(folder).rmdir()

    def remove_emptied(self, keys: Iterable[str]) -> None:
        """Remove the folders that held files under these keys, as far as they are empty now."""
        parents = {(self.root / key).parent for key in keys}
        folders = {folder for parent in parents for folder in self._removable(parent)}
        for folder in sorted(folders, key=lambda path: len(path.parts), reverse=True):
            with suppress(OSError):  # as above
                folder.rmdir()

    def delete_unfinished(self, older_than: timedelta) -> int:
        """Remove staged files that nobody has written to for so long; returns how many."""
        newest = time() - older_than.total_seconds()
        removed = 0
        for entry in os.scandir(self.root / UNFINISHED):
            with suppress(FileNotFoundError):
                if entry.stat(follow_symlinks=False).st_mtime <= newest:
                    Path(entry).unlink()
                    removed += 1
        return removed

    def _move(self, staged: Path, final: Path) -> None:
        self._into_folder(final, lambda: staged.rename(final))

    def _into_folder(self, final: Path, put: Callable[[], T]) -> T:
        """Put a file into its folder, which is made before; both again, if a sweep comes in between."""
        for tries_left in reversed(range(_PUBLISH_TRIES)):
            try:
                self._make_folders(final.parent)
                return put()
            except FileNotFoundError:
                if not tries_left:
                    raise
        raise AssertionError  # the last try has returned or raised

    def _make_folders(self, folder: Path) -> None:
        for parent in (*reversed(self._ancestors(folder)), folder):
            _make_folder(parent)

    def _sync_folders(self, keys: Iterable[str]) -> None:
        # Up to the root each time: another process may have made a parent and not have synced it yet. On ext4 the
        # further levels cost nothing measurable, the first sync commits them all.
        parents = {(self.root / key).parent for key in keys}
        folders = parents.union(*(self._ancestors(parent) for parent in parents), {self.root})
        for folder in sorted(folders, key=lambda path: len(path.parts), reverse=True):
            _sync(folder)

    def _removable(self, folder: Path) -> list[Path]:
        """The folder and those above it, but for the root and the folders in it."""
        return [path for path in (folder, *self._ancestors(folder)) if path.parent != self.root]

    def _ancestors(self, folder: Path) -> list[Path]:
        """The folders above `folder` and below the root, nearest first."""
        return [parent for parent in folder.parents if self.root in parent.parents]


def _link(path: Path, other: Path) -> bool:
    try:
        os.link(path, other)
    except FileNotFoundError:
        raise
    except OSError:  # it is on another file system, or on one that has no links
        return False
    return True


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir()
    except FileExistsError:
        return
    folder.chmod(FOLDER_MODE)


def _seal(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fchmod(descriptor, FILE_MODE)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
