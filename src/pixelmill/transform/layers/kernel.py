"""The calls of the Linux kernel that Python has no function for."""

import ctypes
import os
from typing import Final

_CAPABILITY_VERSION: Final = 0x20080522
"""`_LINUX_CAPABILITY_VERSION_3`: two words of 32 capabilities for each set (capset(2))."""


class _CapabilityHeader(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _CapabilityWord(ctypes.Structure):
    _fields_ = (
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    )


def prctl(option: int, value: int) -> None:
    """Change something about this process (prctl(2)).

    Raises:
        OSError: The kernel refused.
    """
    _call("prctl", option, value, 0, 0, 0)


def drop_capabilities() -> None:
    """Give up every capability of this thread: root without them is a user who owns root's files, and no more.

    Raises:
        OSError: The kernel refused.
    """
    header = _CapabilityHeader(_CAPABILITY_VERSION, 0)
    _call("capset", ctypes.byref(header), (_CapabilityWord * 2)())


def _call(name: str, *arguments: object) -> None:
    if ctypes.CDLL(None, use_errno=True)[name](*arguments) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
