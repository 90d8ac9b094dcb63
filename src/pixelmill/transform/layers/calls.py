"""System calls: those that decoding needs exist in a child; no socket, no program, no process, no other (seccomp).

What is not on the list fails as on a kernel that never had it: libraries know how to go on without, and what was taken
over gains nothing by trying. Names that an architecture lacks are left out there.
"""

import errno
import os
import sys
from typing import Final

import seccompy
from seccompy import Action, ArgCmp, CmpOp, Filter, FilterFlag

from pixelmill.transform.layers.layer import Layer, LayerName

_MEMORY: Final = ("brk", "madvise", "mremap", "munmap")
_FILES: Final = (
    *("open", "openat", "close", "read", "readv", "pread64", "write", "writev", "pwrite64", "lseek", "ftruncate"),
    *("stat", "fstat", "lstat", "newfstatat", "statx", "access", "faccessat", "faccessat2", "getdents64"),
    *("getcwd", "readlink", "readlinkat", "fcntl", "ioctl", "poll", "ppoll"),
)
_THREADS: Final = (
    *("futex", "rseq", "set_robust_list", "get_robust_list", "set_tid_address", "membarrier", "sched_yield"),
    *("sched_getaffinity", "sched_getattr", "exit", "exit_group", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn"),
    *("sigaltstack", "restart_syscall"),
)
_FACTS: Final = (
    *("getpid", "gettid", "getuid", "geteuid", "getgid", "getegid", "getrusage", "getrlimit", "times", "uname"),
    *("sysinfo", "getrandom", "clock_gettime", "clock_getres", "clock_nanosleep", "nanosleep", "gettimeofday", "time"),
)
ALLOWED: Final = (*_MEMORY, *_FILES, *_THREADS, *_FACTS)
"""System calls that are allowed with any argument."""

_PROT_EXEC: Final = 0x4
_CLONE_THREAD: Final = 0x10000
_PR_SET_NAME: Final = 15


def has_filters() -> bool:
    """Whether the kernel filters system calls of this processor. To be asked before anything is taken away."""
    try:
        return sys.maxsize > 2**32 and seccompy.supported() and bool(seccompy.audit_arch())
    except OSError:
        return False


def confine_calls(*, has_filters: bool) -> Layer:
    """Take all other system calls away from every thread of this process, for good."""
    if not has_filters:
        return _missing("the kernel has no filters for system calls, or none for this processor")
    try:
        _filter().load()
    except OSError as error:
        return _missing(f"the kernel refused: {error.strerror}")
    return Layer(name=LayerName.CALLS, is_active=True, says=f"{len(_known())} of them, no sockets (seccomp)")


def _filter() -> Filter:
    rules = Filter(default=Action.ERRNO | errno.ENOSYS, flags=FilterFlag.TSYNC)
    for name in _known():
        rules.allow(name)
    # Memory never becomes code.
    for name in ("mmap", "mprotect"):
        rules.allow(name, args=[ArgCmp(2, CmpOp.MASKED_EQ, 0, mask=_PROT_EXEC)])
    # A thread, no process. The kernel cannot look into clone3's arguments; the C library takes clone instead.
    rules.allow("clone", args=[ArgCmp(0, CmpOp.MASKED_EQ, _CLONE_THREAD, mask=_CLONE_THREAD)])
    # Its own name, but not what ends it with its parent.
    rules.allow("prctl", args={0: _PR_SET_NAME})
    # Its own limits, to read them.
    rules.allow("prlimit64", args={0: 0, 2: 0})
    # Its own end: abort().
    rules.allow("tgkill", args={0: os.getpid()})
    return rules


def _known() -> list[str]:
    return [name for name in ALLOWED if _exists(name)]


def _exists(name: str) -> bool:
    try:
        seccompy.syscall_nr(name)
    except ValueError:
        return False
    return True


def _missing(why: str) -> Layer:
    return Layer(name=LayerName.CALLS, is_active=False, says=why)
