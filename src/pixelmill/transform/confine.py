"""Confine: what a child gives up before it touches a byte of anybody's image.

All of it is taken away by the child itself, so that starting one needs no code between fork and exec. It happens while
the child has one thread: most of it holds for that thread and those it starts.
"""

import os
import signal
import sys
from pathlib import Path
from typing import Final

from pixelmill.transform.layers.calls import confine_calls, has_filters
from pixelmill.transform.layers.files import confine_files, landlock_version
from pixelmill.transform.layers.kernel import prctl
from pixelmill.transform.layers.layer import Layer
from pixelmill.transform.layers.limits import limit
from pixelmill.transform.layers.privileges import drop_privileges

_PR_SET_PDEATHSIG: Final = 1


def confine(*, parent_pid: int, memory_bytes: int, inbox: Path, outbox: Path) -> list[Layer]:
    """Tie this process to its parent's life, and take away what it has no use for.

    Args:
        parent_pid: The parent that started it; if that is gone already, the process ends.
        memory_bytes: Resident memory it is meant to stay within.
        inbox: The folder of sources.
        outbox: The folder of variants.

    Returns:
        Every layer, whether it is there or not.
    """
    _die_with(parent_pid)
    # The libraries look for the C library, by running a program, when they are asked first.
    version, filters = landlock_version(), has_filters()
    return [
        limit(memory_bytes),
        drop_privileges(),
        confine_files(version, inbox, outbox),
        confine_calls(has_filters=filters),  # last: it takes the calls away that the others are made of
    ]


def _die_with(parent_pid: int) -> None:
    if sys.platform == "linux":
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    # The parent may have died before the signal was asked for.
    if os.getppid() != parent_pid:
        os._exit(1)
