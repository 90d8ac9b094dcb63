"""Limits: what a child may use at most, whatever it decodes."""

import resource
import sys
from typing import Final

from pixelmill.domain.limits import MEBIBYTE
from pixelmill.transform.layers.layer import Layer, LayerName

MAX_FILE_BYTES: Final = 512 * MEBIBYTE
"""Largest file a child may write: three times what the largest variant takes uncompressed."""

MAX_OPEN_FILES: Final = 64

ADDRESS_SPACE_SLACK_BYTES: Final = 1024 * MEBIBYTE
"""Address space beyond the memory limit: code, stacks and arenas reserve without using.

The limit on resident memory is the sandbox's; this one catches what grows faster than the sandbox looks.
"""


def limit(memory_bytes: int) -> Layer:
    """Limit this process for good. The number of processes needs no limit: the system call is taken away.

    Args:
        memory_bytes: Resident memory it is meant to stay within.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MAX_FILE_BYTES, MAX_FILE_BYTES))
    resource.setrlimit(resource.RLIMIT_NOFILE, (MAX_OPEN_FILES, MAX_OPEN_FILES))
    says = f"files of {MAX_FILE_BYTES // MEBIBYTE} MiB, {MAX_OPEN_FILES} of them open, no core dumps"
    if sys.platform == "linux":
        address_space = memory_bytes + ADDRESS_SPACE_SLACK_BYTES
        resource.setrlimit(resource.RLIMIT_AS, (address_space, address_space))
        says += f", {address_space // MEBIBYTE} MiB of addresses"
    return Layer(name=LayerName.LIMITS, is_active=True, says=says)
