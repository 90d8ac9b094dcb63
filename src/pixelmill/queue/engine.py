"""BullMQ's queue, and the transactions on it that BullMQ has no method for.

`Queue.add` does not tell whether it added, and `Job.retry` keeps the old data: here each goes together with a look at
the state in one atomic round trip. They are composed of BullMQ's own scripts, called with the keys and arguments of the
pinned version.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Final

from bullmq import Job, Queue
from redis.asyncio.client import Pipeline
from redis.exceptions import NoScriptError, RedisError
from redis.typing import EncodableT, FieldT

from pixelmill.domain.errors import QueueUnavailable
from pixelmill.domain.task import Priority, Task, Work
from pixelmill.queue.connection import ANSWER_SECONDS, connect_for_requests
from pixelmill.queue.journal import Journal
from pixelmill.settings import QueueSettings, ResultSettings

PREFIX: Final = "pixelmill"
"""Of every key BullMQ makes."""

PRIORITY_NUMBERS: Final = {Priority.INTERACTIVE: 1, Priority.BULK: 10}
"""BullMQ's priorities, lower first. Every task has one: BullMQ runs jobs without before all that have one."""

PRIORITY_SCORE: Final = 1 << 32
"""BullMQ sorts waiting jobs by priority times this, plus a counter."""

BACKSTOP_SECONDS: Final = 3600
"""Ended tasks are removed by the cleanup crew. This much later BullMQ does it, should no crew run."""

UNAVAILABLE_RETRY_SECONDS: Final = 5
"""When a caller may try again after Redis did not answer: a restart takes a second or two."""

MAX_TURNS: Final = 10
"""More often than this nobody changes a task between a look and a step: what Redis has of it contradicts itself."""

SCRIPTS: Final = ("getStateV2", "addPrioritizedJob", "reprocessJob")
"""Those of BullMQ's that are used here."""

Command = Callable[[Pipeline], object]
"""Puts one command into a transaction."""

_FRESHEN: Final = """
if not redis.call("ZSCORE", KEYS[1], ARGV[1]) then return 0 end
redis.call("HSET", KEYS[2], "data", ARGV[2], "timestamp", ARGV[3], "priority", ARGV[4], "delay", 0)
redis.call("HDEL", KEYS[2], "stc", "progress", "returnvalue", "failedReason")
return 1
"""
"""Give an ended job new data, as if it had never run: a count of dead workers or an old failure must not survive.

KEYS: the set it has ended in; the job. ARGV: its id, data, timestamp in ms, priority. Returns 1 if it was in the set.
"""

_NOTE_ACCEPTANCE: Final = """
local data = redis.call("HGET", KEYS[1], "data")
if not data or not string.find(data, ARGV[1], 1, true) then return 0 end
redis.call("XADD", KEYS[2], "MAXLEN", "~", ARGV[2], "*", ARGV[3], data)
return 1
"""
"""Note in the journal that a task was accepted, if the job now has the data of that acceptance.

KEYS: the job; the journal. ARGV: the acceptance's id; most entries of the journal; the field of the note.
"""


@asynccontextmanager
async def answered() -> AsyncIterator[None]:
    """Turn whatever keeps Redis from answering in time into `QueueUnavailable`."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            yield
    except (RedisError, OSError, TimeoutError) as error:
        raise QueueUnavailable(retry_after_seconds=UNAVAILABLE_RETRY_SECONDS) from error


class Engine:
    """The BullMQ queue of one `TaskQueue`.

    Args:
        settings: Where Redis is, and the rules of the queue.
        results: How long the ends of tasks are kept.
        journal: Told of what happens to tasks.
    """

    def __init__(self, settings: QueueSettings, results: ResultSettings, journal: Journal) -> None:
        self.journal = journal
        self.client = connect_for_requests(settings.redis_url)
        self.queue = Queue(settings.name, {"connection": self.client, "prefix": PREFIX})
        self._scripts = self.queue.backend.scripts
        self._loading = asyncio.Lock()
        self._loads = 0
        self._job_options: dict[str, object] = {
            "attempts": settings.attempts,
            "backoff": {"type": "jittered", "delay": round(settings.backoff_seconds * 1000)},
            "removeOnComplete": {"age": results.life_seconds + BACKSTOP_SECONDS},
            "removeOnFail": {"age": results.dead_letter_life_seconds + BACKSTOP_SECONDS},
            "stackTraceLimit": 0,  # a stack trace belongs in the log
        }

    def key(self, name: str) -> str:
        """The Redis key of a job, or of one of the queue's sets and lists."""
        return str(self.queue.toKey(name))

    async def transact(self, *commands: Command) -> list[Any]:
        """Run commands atomically, in one round trip, and return their results.

        redis-py would ask Redis before every transaction whether it knows the scripts. It knows them but for the
        first time after it has started.

        Raises:
            QueueUnavailable: Redis did not answer in time; the commands may or may not have run.
        """
        async with answered():
            loads = self._loads
            try:
                return await self._execute(commands)
            except NoScriptError:
                await self._load_scripts(loads)
                return await self._execute(commands)

    async def _load_scripts(self, loads: int) -> None:
        """Load the scripts, once for all transactions that failed without them since `loads`."""
        async with self._loading:
            if self._loads == loads:
                for name in SCRIPTS:
                    await self.client.script_load(self._scripts.commands[name].script)
                self._loads += 1

    async def _execute(self, commands: tuple[Command, ...]) -> list[Any]:
        async with self.client.pipeline(transaction=True) as pipeline:
            for command in commands:
                command(pipeline)
            return await pipeline.execute()

    def state(self, task_id: str) -> Command:
        """BullMQ's name of the job's state; `unknown` if there is no such job."""
        names = ["completed", "failed", "delayed", "active", "wait", "paused", "waiting-children", "prioritized"]
        return self._script("getStateV2", [self.key(name) for name in names], [task_id, self.key(task_id)])

    def fields(self, task_id: str) -> Command:
        """The job's hash; empty if there is no such job."""
        return lambda pipeline: pipeline.hgetall(self.key(task_id))

    def exists(self, task_id: str) -> Command:
        """1 if there is such a job, 0 if not."""
        return lambda pipeline: pipeline.exists(self.key(task_id))

    def add(self, work: Work) -> Command:
        """Enqueue a job. Nothing happens to one that exists already, whatever its state: look first."""
        own = {"jobId": work.task_id, "priority": PRIORITY_NUMBERS[work.priority], "timestamp": milliseconds(work)}
        job = Job(self.queue, "task", work.model_dump(mode="json", exclude_none=True), self._job_options | own)
        names = ["marker", "meta", "id", "prioritized", "delayed", "completed", "active", "events", "pc"]
        arguments = [*self._scripts.addJobArgs(job), job.timestamp]
        return self._script("addPrioritizedJob", [self.key(name) for name in names], arguments)

    def note_acceptance(self, work: Work) -> Command:
        """Tell the journal that this work was accepted. To follow what enqueues it; else nothing is told.

        Noted twice, as when the answer is lost with the connection, it is the same to the trail.
        """
        keys = [self.key(work.task_id), self.journal.key]
        arguments: list[str | int] = [work.acceptance_id, self.journal.max_entries, self.journal.acceptance_field]
        return lambda pipeline: pipeline.eval(_NOTE_ACCEPTANCE, len(keys), *keys, *arguments)

    def note_end(self, work: Work, task: Task) -> Command:
        """Tell the journal how a task ended that is not in the queue."""
        field, text = self.journal.note_of_end(work, task)
        fields: dict[FieldT, EncodableT] = {field: text}
        return lambda pipeline: pipeline.xadd(
            self.journal.key, fields, maxlen=self.journal.max_entries, approximate=True
        )

    def freshen(self, work: Work, ended_in: str) -> Command:
        """Put new work into a job if it has ended in that set (`completed` or `failed`)."""
        data = work.model_dump_json(exclude_none=True)
        keys = [self.key(ended_in), self.key(work.task_id)]
        arguments: list[str | int] = [work.task_id, data, milliseconds(work), PRIORITY_NUMBERS[work.priority]]
        return lambda pipeline: pipeline.eval(_FRESHEN, len(keys), *keys, *arguments)

    def rerun(self, task_id: str, ended_in: str) -> Command:
        """Enqueue an ended job again. 1: done; negative: it is no longer in that set, somebody was faster."""
        names = [task_id, "events", ended_in, "wait", "meta", "active", "marker", "prioritized", "pc"]
        outcome_field = "failedReason" if ended_in == "failed" else "returnvalue"
        arguments = [task_id, "LPUSH", outcome_field, ended_in, "1", "1"]  # attempts count from 0 again
        return self._script("reprocessJob", [self.key(name) for name in names], arguments)

    def _script(self, name: str, keys: list[str], arguments: list[Any]) -> Command:
        sha = self._scripts.commands[name].sha
        return lambda pipeline: pipeline.evalsha(sha, len(keys), *keys, *arguments)

    async def close(self) -> None:
        """Close the connections."""
        await self.queue.close()


def milliseconds(work: Work) -> int:
    """When the work was queued, in Unix time."""
    return unix_milliseconds(work.queued_at)


def unix_milliseconds(moment: datetime) -> int:
    """A time as BullMQ keeps it."""
    return round(moment.timestamp() * 1000)


def moment(unix_milliseconds: str | int | None) -> datetime | None:
    """The time BullMQ means; None and 0 mean that there is none."""
    return datetime.fromtimestamp(int(unix_milliseconds) / 1000, UTC) if unix_milliseconds else None
