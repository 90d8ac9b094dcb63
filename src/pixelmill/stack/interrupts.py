"""Ctrl-C and the signals that mean the same: noted at once, acted on where it is safe."""

import signal
import time
from collections.abc import Callable
from threading import Event
from types import FrameType

POLL_SECONDS = 0.02
_STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopRequested(Exception):
    """Somebody wants `pixelmill up` to end."""


class Interrupts:
    """Takes over the stop signals of this process.

    A signal handler that raises would tear whatever runs at that moment; this one only leaves a note. Every wait of
    `pixelmill up` is a `pause` or a `wait_for`, which read it.
    """

    def __init__(self) -> None:
        self._requested = Event()
        for number in _STOPS:
            signal.signal(number, self._note)

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self._requested.set()

    def pause(self, seconds: float) -> None:
        """Wait.

        Raises:
            StopRequested: If a stop was or is requested.
        """
        if self._requested.wait(seconds):
            raise StopRequested

    def wait_for(self, condition: Callable[[], bool], timeout_seconds: float) -> bool:
        """Wait until a condition holds; whether it does within the time.

        Raises:
            StopRequested: If a stop was or is requested.
        """
        deadline = time.monotonic() + timeout_seconds
        while not condition():
            if time.monotonic() > deadline:
                return False
            self.pause(POLL_SECONDS)
        return True
