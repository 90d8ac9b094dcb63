"""Our own processes: api, worker and cleanup crew, as `pixelmill up` runs them."""

import sys

from pixelmill.settings import Settings
from pixelmill.stack.process import Process

API_STOP_SECONDS = 20.0
"""Running requests may end: a large upload takes the longest."""

MARGIN_SECONDS = 5.0
"""How much longer than its grace a worker may take to end in order."""


def roles(settings: Settings) -> tuple[Process, ...]:
    """The roles, in the order of their start."""
    return (
        _role("cleanup_crew"),
        _role("worker", stop_seconds=settings.worker.grace_seconds + MARGIN_SECONDS),
        _role("api", stop_seconds=API_STOP_SECONDS),
    )


def _role(name: str, stop_seconds: float = Process.stop_seconds) -> Process:
    return Process(name=name, command=(sys.executable, "-m", f"pixelmill.{name}.main"), stop_seconds=stop_seconds)
