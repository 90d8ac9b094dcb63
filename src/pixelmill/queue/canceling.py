"""End a task that is not wanted any more, wherever it is: in one step in Redis, which BullMQ has no script for.

A canceled task is kept as one that failed with the error `canceled`. Taking its lease away is also the signal to the
worker that runs it: see `pixelmill.queue.leases`. What that worker makes of the task in the meantime, Redis refuses.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from pixelmill.domain.errors import QueueUnavailable
from pixelmill.domain.task import Task, Work
from pixelmill.queue.engine import MAX_TURNS, Command, Engine, milliseconds, unix_milliseconds
from pixelmill.queue.kept import CANCELED, Change
from pixelmill.queue.reading import find
from pixelmill.settings import ResultSettings

_CANCEL: Final = """
local job, id, lease = KEYS[1], ARGV[1], KEYS[2]
local seen = redis.call("HMGET", job, "timestamp", "ats")
if seen[1] ~= ARGV[2] or (seen[2] or "0") ~= ARGV[3] then return 0 end
local taken = redis.call("ZREM", KEYS[3], id) + redis.call("ZREM", KEYS[4], id)
  + redis.call("LREM", KEYS[5], 1, id) + redis.call("LREM", KEYS[6], 1, id)
if taken == 0 then return 0 end
redis.call("DEL", lease)
redis.call("SREM", KEYS[7], id)
redis.call("HDEL", job, "defa", "stc", "progress")
redis.call("HSET", job, "failedReason", ARGV[5], "finishedOn", ARGV[4])
redis.call("ZADD", KEYS[8], ARGV[4], id)
redis.call("XADD", KEYS[9], "*", "event", "failed", "jobId", id, "failedReason", ARGV[5], "prev", "active")
redis.call("XADD", KEYS[10], "MAXLEN", "~", ARGV[6], "*", ARGV[7], ARGV[8])
return 1
"""
"""Move a pending job to the failed ones, and note it.

KEYS: the job; its lease; prioritized, delayed, active and wait; stalled; failed; events; the journal. ARGV: its id; its
timestamp and how often it was started, as they were seen; now in ms; the reason; most entries of the journal, the field
and the text of its note. Returns 0 if the job is not pending any more or not as it was seen.
"""


class Canceler:
    """Cancels tasks of one queue.

    Args:
        engine: The queue.
        results: How long the ends of tasks are kept.
    """

    def __init__(self, engine: Engine, results: ResultSettings) -> None:
        self._engine = engine
        self._results = results

    async def cancel(self, task_id: str, sees: Callable[[Task], bool]) -> Change | None:
        """See `TaskQueue.cancel`."""
        for _ in range(MAX_TURNS):
            kept, now = await find(self._engine, task_id), datetime.now(UTC)
            if kept is None or kept.is_over(self._results, now):
                return None
            task = kept.as_task(self._results)
            if not sees(task):
                return None
            if not kept.is_pending:
                return Change(task, is_new=False)
            ended = kept.canceled(now).as_task(self._results)
            (was_pending,) = await self._engine.transact(self._command(kept.work, ended, now))
            if was_pending:
                return Change(ended, is_new=True)
            # It was started or has ended in between, or the answer was lost with the connection: look again.
        raise QueueUnavailable

    def _command(self, work: Work, ended: Task, now: datetime) -> Command:
        key, journal = self._engine.key, self._engine.journal
        names = ["prioritized", "delayed", "active", "wait", "stalled", "failed", "events"]
        keys = [key(work.task_id), key(f"{work.task_id}:lock"), *map(key, names), journal.key]
        seen = (milliseconds(work), ended.attempts)
        end = (unix_milliseconds(now), CANCELED.model_dump_json())
        note = (journal.max_entries, *journal.note_of_end(work, ended))
        arguments: list[str | int] = [work.task_id, *seen, *end, *note]
        return lambda pipeline: pipeline.eval(_CANCEL, len(keys), *keys, *arguments)
