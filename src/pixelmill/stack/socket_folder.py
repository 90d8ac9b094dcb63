"""A folder for Unix sockets: their paths may have at most 103 bytes, however long that of the data directory is."""

import re
import shutil
import tempfile
from pathlib import Path

LONGEST_PATH_BYTES = 103
"""Of a Unix socket on macOS; Linux has four more."""

_LONGEST_NAME = "/supervisor.sock.4194304"
_PREFIX = "pixelmill-"
_LINK = "sockets"
_PLAIN = re.compile(r"[A-Za-z0-9/._+-]+")
"""Paths that every server takes as they are: Postgres splits its list of folders at commas, URLs end at a `?`."""


def make_socket_folder(run: Path) -> Path:
    """A folder with mode 0700: `run` itself where its path is short and plain, else a temporary one it points to."""
    path = str(run)
    if _PLAIN.fullmatch(path) and len(path + _LONGEST_NAME) <= LONGEST_PATH_BYTES:
        return run
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    (run / _LINK).symlink_to(folder)
    return folder


def remove_socket_folder(run: Path) -> None:
    """Remove the temporary folder that `run` points to, also one of a run that was killed."""
    link = run / _LINK
    if not link.is_symlink():
        return
    folder = link.readlink()
    if folder.name.startswith(_PREFIX) and folder.is_dir():
        shutil.rmtree(folder)
    link.unlink()
