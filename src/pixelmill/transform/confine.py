"""Confine: what a child gives up before it touches a byte of anybody's image.

All of it is taken away by the child itself, so that starting one needs no code between fork and exec.
"""

import ctypes
import os
import resource
import signal
import sys
from typing import Final

from pixelmill.domain.limits import MEBIBYTE

MAX_FILE_BYTES: Final = 512 * MEBIBYTE
"""Largest file a child may write: three times what the largest variant takes uncompressed."""

MAX_OPEN_FILES: Final = 64

ADDRESS_SPACE_SLACK_BYTES: Final = 1024 * MEBIBYTE
"""Address space beyond the memory limit: code, stacks and arenas reserve without using.

The limit on resident memory is the pool's; this one catches what grows faster than the pool looks.
"""

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_NO_NEW_PRIVS: Final = 38


def confine(*, parent_pid: int, memory_bytes: int) -> None:
    """Tie this process to its parent's life, and limit what it can use and become.

    Args:
        parent_pid: The parent that started it; if that is gone already, the process ends.
        memory_bytes: Resident memory it is meant to stay within.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MAX_FILE_BYTES, MAX_FILE_BYTES))
    resource.setrlimit(resource.RLIMIT_NOFILE, (MAX_OPEN_FILES, MAX_OPEN_FILES))
    if sys.platform == "linux":
        _confine_on_linux(parent_pid=parent_pid, memory_bytes=memory_bytes)


def _confine_on_linux(*, parent_pid: int, memory_bytes: int) -> None:
    address_space = memory_bytes + ADDRESS_SPACE_SLACK_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (address_space, address_space))
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    # The parent may have died before the signal was asked for.
    if os.getppid() != parent_pid:
        os._exit(1)


def _prctl(option: int, value: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, value, 0, 0, 0) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
