"""Files: a child reads its source and its own program, writes into one folder, and reaches nothing else (Landlock).

Landlock goes by where a file really lies, so that no link, no `..` and no `/proc/.../fd` leads out. On kernels that
know more of it, TCP and signals to other processes go the same way.
"""

import sys
from pathlib import Path
from typing import Final

import landlockpy
from landlockpy import AccessFS, Scope

from pixelmill.transform.layers.layer import Layer, LayerName

PROGRAM_RIGHTS: Final = AccessFS.READ_FILE | AccessFS.READ_DIR
INBOX_RIGHTS: Final = AccessFS.READ_FILE
OUTBOX_RIGHTS: Final = AccessFS.READ_FILE | AccessFS.WRITE_FILE | AccessFS.TRUNCATE | AccessFS.MAKE_REG
"""Plain files only: no link, no folder, and nothing is moved or removed."""

TCP_VERSION: Final = 4
SIGNALS_VERSION: Final = 6


def landlock_version() -> int:
    """Which version of Landlock the kernel has; 0 for none. To be asked before anything is taken away."""
    try:
        return landlockpy.abi_version()
    except OSError:
        return 0


def confine_files(version: int, inbox: Path, outbox: Path) -> Layer:
    """Take every other file away from this thread, and from those it starts.

    Args:
        version: That of Landlock.
        inbox: The folder of sources; they are read, nothing is changed in it.
        outbox: The folder of variants; they are made and read again.
    """
    if not version:
        return _missing("the kernel has no Landlock (Linux 5.13), or it is not switched on (lsm=)")
    try:
        _restrict(inbox, outbox)
    except OSError as error:
        return _missing(f"the kernel refused: {error.strerror}")
    return Layer(name=LayerName.FILES, is_active=True, says=_says(version))


def _restrict(inbox: Path, outbox: Path) -> None:
    with landlockpy.Ruleset(scoped=Scope.ABSTRACT_UNIX_SOCKET | Scope.SIGNAL) as rules:
        for folder in filter(Path.is_dir, map(Path, sys.path)):
            rules.allow_path(folder, PROGRAM_RIGHTS)
        rules.allow_path(inbox, INBOX_RIGHTS)
        rules.allow_path(outbox, OUTBOX_RIGHTS)
        rules.restrict()


def _missing(why: str) -> Layer:
    return Layer(name=LayerName.FILES, is_active=False, says=why)


def _says(version: int) -> str:
    extent = "its own folder"
    if version >= TCP_VERSION:
        extent += ", no TCP"
    if version >= SIGNALS_VERSION:
        extent += ", no signals to others"
    return f"{extent} (Landlock {version})"
