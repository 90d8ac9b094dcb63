"""Python, the system, and the limits it sets."""

import os
import platform
import resource
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pixelmill.cli.checks.finding import Finding, ok, problem, warning
from pixelmill.domain.limits import MEBIBYTE
from pixelmill.settings import TransformSettings

MIN_OPEN_FILES: Final = 1024
"""A worker at its default concurrency keeps about 250 files and sockets open, an api about 300, with room for peaks."""

FEW_OPEN_FILES: Final = 256
"""Below this not even an idle stack starts."""


CONTAINER_LIMITS: Final = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
"""Where a container reads its limit, in the second and in the first version of control groups; `max` means none."""


def check() -> Iterator[Finding]:
    """Look at the machine as this process sees it."""
    yield ok("python", f"{platform.python_version()} on {platform.system()} {platform.release()} {platform.machine()}")
    yield _open_files(resource.getrlimit(resource.RLIMIT_NOFILE)[0])


def memory(settings: TransformSettings) -> Finding:
    """Whether all decoding processes may reach their limit at once."""
    return _memory(_total_memory_bytes(), settings.processes or os.cpu_count() or 1, settings.memory_bytes)


def _open_files(limit: int) -> Finding:
    says = "no limit on open files" if limit == resource.RLIM_INFINITY else f"{limit:,} open files allowed"
    repair = f"Raise the limit: ulimit -n {4 * MIN_OPEN_FILES}, or LimitNOFILE of the service."
    if limit == resource.RLIM_INFINITY or limit >= MIN_OPEN_FILES:
        return ok("limits", says)
    return (warning if limit >= FEW_OPEN_FILES else problem)("limits", says, repair)


def _memory(total_bytes: int, children: int, child_bytes: int) -> Finding:
    says = f"{_mebibytes(total_bytes)}; {children} decoding processes may take {_mebibytes(child_bytes)} each"
    if total_bytes >= children * child_bytes:
        return ok("memory", says)
    return warning(
        "memory", says, "Lower PIXELMILL_TRANSFORM_PROCESSES or PIXELMILL_TRANSFORM_MEMORY_BYTES, or add memory."
    )


def _total_memory_bytes() -> int:
    """Of the machine, or of the container this runs in."""
    physical_bytes = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    limits = [path.read_text().strip() for path in CONTAINER_LIMITS if path.exists()]
    return min([physical_bytes, *(int(limit) for limit in limits if limit.isdigit())])


def _mebibytes(size_bytes: int) -> str:
    return f"{size_bytes // MEBIBYTE:,} MiB"
