"""The reading end of the audit stream: entries nobody has written yet, and those whose writer died.

All writers share one consumer name. An entry is handed out once; if it is not removed, it is handed out again after a
while, to whoever asks next. So no list of consumers grows with every restart, and none has to be declared dead.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias, cast

from redis.asyncio import Redis
from redis.exceptions import ResponseError
from redis.typing import EncodableT, FieldT

from pixelmill.audit.stream import MAX_REFUSED_ENTRIES, REFUSED_STREAM, STREAM

GROUP: Final = "trail"
CONSUMER: Final = "writer"

ABANDONED_AFTER_SECONDS: Final = 30
"""When an entry that was handed out goes to the next writer. Longer than a batch takes to write; a writer that is
merely slow does no harm, as rows are written once however often they are sent."""

BLOCK_SECONDS: Final = 1
"""How long one read waits for entries. It also bounds how long a canceled writer may take to notice (`writer`)."""

COUNT_BITS: Final = 20
"""A million entries in a millisecond are more than Redis takes; with them, positions fit into 63 bits until 2248."""

_Entries: TypeAlias = list[tuple[str, dict[str, str]]]


@dataclass(frozen=True)
class Entry:
    """One entry of the stream."""

    id: str
    fields: tuple[tuple[str, str], ...]

    @property
    def position(self) -> int:
        """Its place in the stream, in one number: the id's milliseconds, and its count within them."""
        milliseconds, _, count = self.id.partition("-")
        return (int(milliseconds) << COUNT_BITS) + int(count)


class Inbox:
    """Hands out entries and removes those that are done. Every method raises `redis.exceptions.RedisError`.

    Args:
        redis: A client that decodes responses; it stays the caller's to close.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def open(self) -> None:
        """Make the consumer group, from the first entry on, where there is none."""
        try:
            await self._redis.xgroup_create(STREAM, GROUP, id="0", mkstream=True)
        except ResponseError as error:
            if not str(error).startswith("BUSYGROUP"):
                raise

    async def abandoned(self, count: int) -> list[Entry]:
        """Up to `count` entries whose writer has not removed them in time."""
        reply = await self._redis.xautoclaim(
            STREAM, GROUP, CONSUMER, min_idle_time=ABANDONED_AFTER_SECONDS * 1000, count=count
        )
        return _parse(cast("_Entries", reply[1]))

    async def new(self, count: int, *, wait: bool) -> list[Entry]:
        """Up to `count` entries never handed out; with `wait`, it waits a little for the first."""
        reply = await self._redis.xreadgroup(
            GROUP, CONSUMER, {STREAM: ">"}, count=count, block=BLOCK_SECONDS * 1000 if wait else None
        )
        by_stream = cast("list[tuple[str, _Entries]]", reply)
        return _parse(by_stream[0][1]) if by_stream else []

    async def remove(self, entries: Sequence[Entry]) -> None:
        """Remove entries for good."""
        ids = [entry.id for entry in entries]
        async with self._redis.pipeline(transaction=True) as pipeline:
            pipeline.xack(STREAM, GROUP, *ids)
            pipeline.xdel(STREAM, *ids)
            await pipeline.execute()

    async def set_aside(self, entries: Iterable[Entry]) -> None:
        """Keep a copy of entries Postgres will never take where an operator can look at them."""
        for entry in entries:
            fields: dict[FieldT, EncodableT] = dict(entry.fields)
            await self._redis.xadd(REFUSED_STREAM, fields, maxlen=MAX_REFUSED_ENTRIES, approximate=False)

    async def count(self) -> int:
        """How many entries are not in Postgres yet; those handed out are among them."""
        return await self._redis.xlen(STREAM)


def _parse(entries: _Entries) -> list[Entry]:
    return [Entry(entry_id, tuple(fields.items())) for entry_id, fields in entries]
