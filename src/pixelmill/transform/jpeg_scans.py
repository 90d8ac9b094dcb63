"""How often a JPEG is decoded over (ITU-T T.81, B.1 and B.2): each of its scans is a walk over all its blocks.

Nothing limits how many scans a small file has, and libjpeg makes them all: 600 kB keep it busy for a minute.
"""

import mmap
import re
from pathlib import Path
from typing import Final

from pixelmill.domain.errors import TooManyPixels

MAX_SCANS: Final = 100
"""Encoders make 10 to 20. At this many the largest source takes three seconds."""

_MARKER: Final = re.compile(rb"\xff([\x01-\xcf\xd8-\xfe])", re.DOTALL)
"""Neither a stuffed byte of a scan, nor a restart inside it, nor padding."""

_TEMPORARY, _START, _END, _SCAN = 0x01, 0xD8, 0xD9, 0xDA
_SEQUENTIAL: Final = frozenset({0xC0, 0xC1, 0xC9})
_COMPONENTS_OF_FRAME: Final = 7
_COMPONENTS_OF_SCAN: Final = 2


def check_scans(path: Path) -> None:
    """Count the scans of a JPEG without decoding them; of one that has all its components in the first, no more.

    Raises:
        TooManyPixels: There are more than decoders are made to take.
    """
    with path.open("rb") as file:
        if path.stat().st_size:
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as jpeg:
                _count(jpeg)


def _count(jpeg: mmap.mmap) -> None:
    at, scans, components = 0, 0, 0
    while (found := _MARKER.search(jpeg, at)) and (kind := found[1][0]) != _END:
        at = found.end()
        if kind in {_TEMPORARY, _START}:
            continue
        if kind in _SEQUENTIAL:
            components = _byte(jpeg, at + _COMPONENTS_OF_FRAME)
        elif kind == _SCAN:
            scans += 1
            if _byte(jpeg, at + _COMPONENTS_OF_SCAN) == components:
                return
            if scans > MAX_SCANS:
                raise TooManyPixels(
                    f"The image comes in more than {MAX_SCANS} scans, each over all its pixels; that many are decoded."
                )
        at += int.from_bytes(jpeg[at : at + 2])


def _byte(jpeg: mmap.mmap, at: int) -> int:
    return jpeg[at] if at < len(jpeg) else 0
