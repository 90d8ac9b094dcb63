"""Retries that a clock has put off: they are due by the clock of the wall, and that may be set back.

No pause before an attempt is longer than a minute. A task that is due much later was put off by a clock that was ahead;
when it is right again, the task would wait for as long as it was wrong.
"""

import time
from typing import Final

from pixelmill.queue.attempt import MAX_BACKOFF_MILLISECONDS
from pixelmill.queue.engine import Engine

SLACK_MILLISECONDS: Final = 60_000
"""The clocks of hosts differ a little."""

MOVED_AT_ONCE: Final = 1000

_SCORE: Final = 0x1000
"""BullMQ sorts delayed jobs by when they are due, in ms, times this, plus a counter."""

_BRING_FORWARD: Final = """
local late = redis.call("ZRANGEBYSCORE", KEYS[1], ARGV[1], "+inf", "LIMIT", 0, ARGV[3])
for _, id in ipairs(late) do redis.call("ZADD", KEYS[1], "XX", ARGV[2], id) end
if #late > 0 then redis.call("ZADD", KEYS[2], 0, "0") end
return #late
"""
"""Make jobs due now that are due later than they can be, and wake a worker.

KEYS: the delayed set; the marker workers wait for. ARGV: the lowest score that is too late; that of now; how many.
"""


async def bring_forward(engine: Engine) -> int:
    """Have retries that were put off too far made now; returns how many."""
    now = round(time.time() * 1000)
    keys = [engine.key("delayed"), engine.key("marker")]
    arguments = [(now + MAX_BACKOFF_MILLISECONDS + SLACK_MILLISECONDS) * _SCORE, now * _SCORE, MOVED_AT_ONCE]
    (moved,) = await engine.transact(lambda pipeline: pipeline.eval(_BRING_FORWARD, len(keys), *keys, *arguments))
    return int(moved)
