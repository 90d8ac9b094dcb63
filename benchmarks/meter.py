"""What processes cost: CPU time to the nanosecond, and memory, by role. Linux only."""

import ctypes
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

Roles = Mapping[str, list[int]]
"""Process ids by what the processes are."""

_libc: Final = ctypes.CDLL(None)


@dataclass(frozen=True)
class Memory:
    """Resident bytes of the processes of a role, added up; what they share counts for each.

    Attributes:
        peak_bytes: The most there was.
        now_bytes: What there is.
        own_bytes: What of it is no file and shared with nobody: what grows if something is never given back.
    """

    peak_bytes: int
    now_bytes: int
    own_bytes: int


class Meter:
    """Adds up the CPU time of processes, also of those that end or begin meanwhile.

    Args:
        find: The processes to measure, as they are now.
    """

    def __init__(self, find: Callable[[], Roles]) -> None:
        self._find = find
        self._seen: dict[int, tuple[str, float]] = {}
        self._peaks: dict[str, int] = {}

    def cpu_seconds(self) -> dict[str, float]:
        """CPU time by role since the processes began. Lost is what one used between the last look at it and its end."""
        for role, pids in self._find().items():
            for pid in pids:
                seconds = _cpu_seconds(pid)
                if seconds is not None:
                    self._seen[pid] = role, seconds
        totals: dict[str, float] = {}
        for role, seconds in self._seen.values():
            totals[role] = totals.get(role, 0.0) + seconds
        return totals

    def memory(self) -> dict[str, Memory]:
        """Memory by role. The peak is the highest that any look has seen, each process at its own worst moment."""
        memory = {}
        for role, pids in self._find().items():
            figures = [_memory(pid) for pid in pids]
            peak = max(self._peaks.get(role, 0), sum(each.peak_bytes for each in figures))
            self._peaks[role] = peak
            now, own = (sum(each.now_bytes for each in figures), sum(each.own_bytes for each in figures))
            memory[role] = Memory(peak, now, own)
        return memory


def _cpu_seconds(pid: int) -> float | None:
    clock = ctypes.c_int()
    if _libc.clock_getcpuclockid(pid, ctypes.byref(clock)) != 0:
        return None
    try:
        return time.clock_gettime(clock.value)
    except OSError:
        return None


def _memory(pid: int) -> Memory:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return Memory(0, 0, 0)
    fields = dict(line.split(":", 1) for line in lines)
    return Memory(*(_bytes(fields.get(name)) for name in ("VmHWM", "VmRSS", "RssAnon")))


def _bytes(field: str | None) -> int:
    return int(field.split()[0]) * 1024 if field else 0
