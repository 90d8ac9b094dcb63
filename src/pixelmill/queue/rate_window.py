"""What is left of a quota, by two counters: an approximation of a window that slides.

Calls are counted by minute. Of the minute before, as large a part still counts as has not slid out of the window, as if
its calls had come evenly: `used = floor(before * rest / minute) + now`, where `rest` is what is left of this minute.
"""

from dataclasses import dataclass
from typing import Final

WINDOW_SECONDS: Final = 60
_WINDOW: Final = WINDOW_SECONDS * 1000


@dataclass(frozen=True)
class RateWindow:
    """The counters of one caller at one moment.

    Attributes:
        before: Calls in the minute before.
        now: Calls in this minute.
        rest_milliseconds: When this minute ends.
    """

    before: int
    now: int
    rest_milliseconds: int

    @property
    def rest_seconds(self) -> int:
        """When this minute has ended, in whole seconds."""
        return _whole_seconds(self.rest_milliseconds)

    def remaining(self, quota: int) -> int:
        """Calls that are left of a quota."""
        return max(0, quota - self.before * self.rest_milliseconds // _WINDOW - self.now)

    def seconds_until(self, quota: int, calls: int) -> int:
        """After how many whole seconds so many calls fit into a quota, if there are none until then.

        Args:
            quota: Calls a minute.
            calls: No more than that.
        """
        if self.remaining(quota) >= calls:
            return 0
        others = quota - calls
        if self.now <= others:
            return _whole_seconds(self.rest_milliseconds - _rest_of(self.before, others - self.now))
        # Not before this minute is the one before, and slides out in its turn.
        return _whole_seconds(self.rest_milliseconds + _WINDOW - _rest_of(self.now, others))


def _rest_of(count: int, most: int) -> int:
    """The longest rest of a minute, in milliseconds, that makes no more than `most` calls of a count."""
    return ((most + 1) * _WINDOW - 1) // count


def _whole_seconds(milliseconds: int) -> int:
    return -(-milliseconds // 1000)
