"""The stream in Redis through which outcomes reach Postgres, so that Postgres is never on the path of a task.

    pixelmill:audit          stream    field `record`: a `TrailRecord` as JSON; an entry goes once Postgres has it
    pixelmill:audit:refused  stream    entries Postgres can never take, for an operator to look at

Both are bounded: the first by `AuditSettings.max_stream_entries` (the oldest go first), the second by
`MAX_REFUSED_ENTRIES`.
"""

from typing import Final

from redis.asyncio import Redis
from redis.exceptions import RedisError
from redis.typing import EncodableT, FieldT

from pixelmill.audit.record import TrailRecord
from pixelmill.domain.errors import QueueUnavailable
from pixelmill.domain.task import Task, Work
from pixelmill.settings import AuditSettings

STREAM: Final = "pixelmill:audit"
REFUSED_STREAM: Final = "pixelmill:audit:refused"
RECORD_FIELD: Final = "record"
MAX_REFUSED_ENTRIES: Final = 1000


class TrailJournal:
    """The stream as the queue writes to it: in the same step in which a task changes there.

    Args:
        settings: How many entries the stream may hold while Postgres is away.
    """

    def __init__(self, settings: AuditSettings) -> None:
        self.key = STREAM
        self.max_entries = settings.max_stream_entries

    def note_of_end(self, work: Work, task: Task) -> tuple[str, str]:
        """The field and the text of the entry for a task that ended without a worker."""
        execution_id = f"{task.status}-{task.task_id}-{work.queued_at.timestamp() * 1000:.0f}"
        record = TrailRecord(execution_id=execution_id, source=work.source.identity, task=task)
        return RECORD_FIELD, record.model_dump_json(exclude_none=True)


class AuditStream:
    """Where a worker leaves the outcome of a task, before it completes the task.

    Args:
        redis: A client of the queue's server; it stays the caller's to close.
        settings: How many entries the stream may hold while Postgres is away.
    """

    def __init__(self, redis: Redis, settings: AuditSettings) -> None:
        self._redis = redis
        self._max_entries = settings.max_stream_entries

    async def append(self, record: TrailRecord) -> None:
        """Leave a record for the trail; one round trip, whatever Postgres does.

        Raises:
            QueueUnavailable: Redis does not answer; the record may or may not be there. Appending it again is safe.
        """
        fields: dict[FieldT, EncodableT] = {RECORD_FIELD: record.model_dump_json(exclude_none=True)}
        try:
            await self._redis.xadd(STREAM, fields, maxlen=self._max_entries, approximate=True)
        except RedisError as error:
            raise QueueUnavailable from error
