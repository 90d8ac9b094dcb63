"""Forget ended tasks.

BullMQ's own `removeOnComplete.age` works only when some task ends: an idle queue forgets nothing.
"""

import time
from typing import Final

from pixelmill.queue.engine import Engine, answered
from pixelmill.settings import ResultSettings

BATCH_TASKS: Final = 1000
"""Removed by one script: Redis answers nobody else meanwhile, some 10 ms."""

MAX_EVENTS: Final = 10_000
"""BullMQ's own limit of its event stream, which it applies only when tasks progress or end."""

_FORGET_LASTING_FAILURES: Final = """
local forgotten = 0
local failed = redis.call("ZRANGEBYSCORE", KEYS[1], ARGV[1], ARGV[2], "WITHSCORES", "LIMIT", 0, ARGV[3])
for index = 1, #failed, 2 do
  local job = ARGV[4] .. failed[index]
  local is_json, reason = pcall(cjson.decode, redis.call("HGET", job, "failedReason") or "")
  if is_json and type(reason) == "table" and (reason.retryable == false or reason.code == "canceled") then
    redis.call("ZREM", KEYS[1], failed[index])
    redis.call("DEL", job)
    forgotten = forgotten + 1
  end
end
return {#failed / 2, failed[#failed] or ARGV[1], forgotten}
"""
"""Remove jobs that failed for good or were canceled. In one step: between a look and a removal, a submission could
enqueue one again.

KEYS: the failed set. ARGV: from and to when they ended, in ms; how many at most; prefix of a job's key.
Returns how many were looked at, when the last of them ended, how many were removed.
"""


class Expiry:
    """Removes what is over from one queue; remembers up to where it has looked, so that each task is judged once.

    Args:
        engine: The queue.
        results: How long the ends of tasks are kept.
    """

    def __init__(self, engine: Engine, results: ResultSettings) -> None:
        self._engine = engine
        self._results = results
        self._judged_until_milliseconds = 0

    async def remove(self) -> dict[str, int]:
        """Remove what is over, and count it by kind."""
        removed = {
            "completed": await self._clean("completed", self._results.life_seconds),
            "failed": await self._forget_lasting_failures(),
            "dead_letter": await self._clean("failed", self._results.dead_letter_life_seconds),
        }
        await self._engine.transact(lambda pipeline: pipeline.xtrim(self._engine.key("events"), MAX_EVENTS))
        return removed

    async def _clean(self, ended_in: str, life_seconds: int) -> int:
        removed = 0
        while True:
            async with answered():
                batch = await self._engine.queue.clean(life_seconds * 1000, BATCH_TASKS, ended_in)
            removed += len(batch)
            if len(batch) < BATCH_TASKS:
                return removed

    async def _forget_lasting_failures(self) -> int:
        until = round((time.time() - self._results.failure_life_seconds) * 1000)
        # A clock that was set back: what has ended by it since then would never be judged.
        since = self._judged_until_milliseconds if until >= self._judged_until_milliseconds else 0
        limit, removed = BATCH_TASKS, 0
        while True:
            looked_at, last, forgotten = await self._forget_batch(since, until, limit)
            removed += forgotten
            if looked_at < limit:
                break
            limit = BATCH_TASKS if last > since else limit * 2  # more have ended in one millisecond than fit
            since = last
        self._judged_until_milliseconds = until
        return removed

    async def _forget_batch(self, since: int, until: int, limit: int) -> tuple[int, int, int]:
        key, prefix = self._engine.key("failed"), self._engine.key("")
        ((looked_at, last, forgotten),) = await self._engine.transact(
            lambda pipeline: pipeline.eval(_FORGET_LASTING_FAILURES, 1, key, since, until, limit, prefix)
        )
        return looked_at, int(last), forgotten
