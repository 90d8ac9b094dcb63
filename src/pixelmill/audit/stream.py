"""The stream in Redis through which the trail reaches Postgres, so that Postgres is never on the path of a task.

    pixelmill:audit          stream    field `accepted`: a `Work` as JSON, for a task that was accepted
                                       field `record`: a `TrailRecord` as JSON, for one that ended
                                       an entry goes once Postgres has it
    pixelmill:audit:refused  stream    entries Postgres can never take, for an operator to look at

Both are bounded: the first by `AuditSettings.max_stream_entries` (the oldest go first), the second by
`MAX_REFUSED_ENTRIES`.
"""

from typing import Final

from redis.asyncio import Redis
from redis.exceptions import RedisError

from pixelmill.audit.record import TrailRecord
from pixelmill.domain.errors import QueueUnavailable
from pixelmill.domain.task import Task, Work
from pixelmill.settings import AuditSettings

STREAM: Final = "pixelmill:audit"
REFUSED_STREAM: Final = "pixelmill:audit:refused"
RECORD_FIELD: Final = "record"
ACCEPTANCE_FIELD: Final = "accepted"
MAX_REFUSED_ENTRIES: Final = 1000

_APPEND: Final = """
if redis.call("GET", KEYS[1]) ~= ARGV[1] then return 0 end
redis.call("XADD", KEYS[2], "MAXLEN", "~", ARGV[2], "*", ARGV[3], ARGV[4])
return 1
"""
"""Append an entry if a lease is held. KEYS: the lease; the stream. ARGV: its token; most entries; field and text."""


class TrailJournal:
    """The stream as the queue writes to it: in the same step in which a task changes there.

    Args:
        settings: How many entries the stream may hold while Postgres is away.
    """

    def __init__(self, settings: AuditSettings) -> None:
        self.key = STREAM
        self.max_entries = settings.max_stream_entries
        self.acceptance_field = ACCEPTANCE_FIELD

    def note_of_end(self, work: Work, task: Task) -> tuple[str, str]:
        """The field and the text of the entry for a task that ended without a worker."""
        return RECORD_FIELD, TrailRecord.of_end(work, task).model_dump_json(exclude_none=True)


class AuditStream:
    """Where a worker leaves the outcome of a task, before it completes the task.

    Args:
        redis: A client of the queue's server; it stays the caller's to close.
        settings: How many entries the stream may hold while Postgres is away.
    """

    def __init__(self, redis: Redis, settings: AuditSettings) -> None:
        self._redis = redis
        self._max_entries = settings.max_stream_entries

    async def append(self, record: TrailRecord, lease_key: str, token: str) -> bool:
        """Leave a record for the trail; one round trip, whatever Postgres does.

        Args:
            record: How a task ended.
            lease_key: Where Redis keeps who has the task.
            token: Says that we have it.

        Returns:
            Whether we have it; if not, nothing was left.

        Raises:
            QueueUnavailable: Redis does not answer; the record may or may not be there. Appending it again is safe.
        """
        text = record.model_dump_json(exclude_none=True)
        try:
            # A script: between a look at the lease and the entry, a cancel could end the task otherwise.
            appended = await self._redis.eval(
                _APPEND, 2, lease_key, STREAM, token, self._max_entries, RECORD_FIELD, text
            )
        except RedisError as error:
            raise QueueUnavailable from error
        return bool(appended)
