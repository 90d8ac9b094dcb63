"""How much of a source has come: counted where it arrives, read by whoever tells callers.

Between the two lie a cache, leases and turns, which have no use for it: it is handed down in the context, as the fields
of the log are.
"""

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final


@dataclass
class Received:
    """What has come of a source so far.

    Attributes:
        bytes: As they came, in whatever coding.
        total_bytes: What the origin announced; None if it did not.
    """

    bytes: int = 0
    total_bytes: int | None = None


receiving: Final[ContextVar[Received | None]] = ContextVar("receiving", default=None)
"""Where to count what comes; None if nobody wants to know."""
