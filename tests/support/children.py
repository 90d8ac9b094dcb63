"""The sandbox's children, as the operating system sees them."""

import psutil

COMMAND = "pixelmill.transform.child"


def children_of(pid: int | None = None) -> list[psutil.Process]:
    """The living children a process has started for its sandboxes; without a pid, those of this process."""
    return [child for child in psutil.Process(pid).children() if _is_child(child)]


def _is_child(process: psutil.Process) -> bool:
    try:
        return COMMAND in process.cmdline() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
