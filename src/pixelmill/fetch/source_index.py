"""What the cache of sources holds, and who in the cluster downloads what.

    pixelmill:sources:kept           hash      source id -> `KeptSource` as JSON
    pixelmill:sources:used           zset      source id -> when it was used last, in Unix time
    pixelmill:sources:bytes          string    what all of them take in the store
    pixelmill:sources:lease:<id>     string    who downloads the source now; expires after `LEASE_SECONDS`
    pixelmill:sources:awaited:<id>   string    there is somebody who waits for that; expires as well
    pixelmill:sources:failed:<id>    string    how the last download failed; expires

The first three are bounded by the bytes that sources may take. Nothing but work depends on any of them.
"""

import time
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from redis.asyncio import Redis
from redis.exceptions import RedisError

from pixelmill.domain.errors import TaskError
from pixelmill.fetch.kept_source import KeptSource

PREFIX: Final = "pixelmill:sources:"

LEASE_SECONDS: Final = 10.0
"""How long a worker that died keeps others from downloading what it was at."""

SHARED_SECONDS: Final = 10
"""How long a passing failure is told to those who waited for the download, and to nobody else."""

ENTRY_BYTES: Final = 4096
"""Added to the size of each source: its block on the disk, its entry here. So many tiny ones are bounded, too."""

M = TypeVar("M", bound=BaseModel)

UNANSWERED: Final = (RedisError, OSError, TimeoutError)

_REMOVE: Final = """
local function remove(id)
  local entry = redis.call("HGET", KEYS[1], id)
  redis.call("ZREM", KEYS[2], id)
  if not entry then return nil end
  redis.call("HDEL", KEYS[1], id)
  local kept = cjson.decode(entry)
  redis.call("DECRBY", KEYS[3], kept.size_bytes + ARGV[1])
  return kept.key
end
local gone = {}
"""
"""KEYS: kept, used, bytes. ARGV[1]: bytes of an entry."""

_KEEP: Final = f"""
{_REMOVE}
local id, entry, size, limit, now, key = ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6], ARGV[7]
local before = remove(id)
if before and before ~= key then gone[1] = before end
redis.call("HSET", KEYS[1], id, entry)
redis.call("ZADD", KEYS[2], now, id)
redis.call("INCRBY", KEYS[3], size + ARGV[1])
while tonumber(redis.call("GET", KEYS[3])) > limit do
  local oldest = redis.call("ZRANGE", KEYS[2], 0, 0)[1]
  if not oldest then break end
  gone[#gone + 1] = remove(oldest)
end
return gone
"""

_EVICT: Final = f"""
{_REMOVE}
local limit, unused_since, most = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
while #gone < most do
  local oldest = redis.call("ZRANGE", KEYS[2], 0, 0, "WITHSCORES")
  if not oldest[1] then break end
  if tonumber(redis.call("GET", KEYS[3]) or 0) <= limit and tonumber(oldest[2]) >= unused_since then break end
  gone[#gone + 1] = remove(oldest[1])
end
return gone
"""

_RELEASE: Final = """
if redis.call("GET", KEYS[1]) ~= ARGV[1] then return 1 end
redis.call("DEL", KEYS[1], KEYS[2])
if ARGV[2] ~= "" then redis.call("SET", KEYS[3], ARGV[2], "EX", ARGV[3]) end
return 1
"""
"""KEYS: lease, awaited, failed. ARGV: download; how it failed, or nothing; for how long that is told."""

_RELEASE_UNLESS_AWAITED: Final = f"""
if redis.call("EXISTS", KEYS[2]) == 1 then return 0 end
{_RELEASE}
"""

_RENEW: Final = """
if redis.call("GET", KEYS[1]) == ARGV[1] then redis.call("PEXPIRE", KEYS[1], ARGV[2]) end
"""


class FailedDownload(BaseModel):
    """How a download failed."""

    model_config = ConfigDict(frozen=True)

    download: str
    error: TaskError


@dataclass(frozen=True)
class Look:
    """What is known of a source.

    Attributes:
        kept: What the cache has of it.
        failed: How the last download failed, if that was just now.
        downloader: Who downloads it at the moment; None if whoever looked may, and has to release it.
    """

    kept: KeptSource | None
    failed: FailedDownload | None
    downloader: str | None


class SourceIndex:
    """The cache's entries and leases. Every method raises an error of `UNANSWERED` when Redis does not answer.

    Args:
        redis: A client of the queue's server; it stays the caller's to close.
        max_bytes: Most that all sources may take.
    """

    def __init__(self, redis: Redis, max_bytes: int) -> None:
        self._redis = redis
        self._max_bytes = max_bytes
        self._keys = [PREFIX + name for name in ("kept", "used", "bytes")]

    async def look(self, source_id: str, download: str) -> Look:
        """See what there is, and take the source's lease under the name of a download if nobody has it."""
        # The lease first: whoever gets it after another one then sees what that one has left.
        async with self._redis.pipeline(transaction=False) as pipeline:
            pipeline.set(f"{PREFIX}lease:{source_id}", download, nx=True, get=True, px=_milliseconds(LEASE_SECONDS))
            pipeline.hget(self._keys[0], source_id)
            pipeline.get(f"{PREFIX}failed:{source_id}")
            downloader, entry, failed = await pipeline.execute()
        return Look(_read(KeptSource, entry), _read(FailedDownload, failed), downloader)

    async def renew(self, source_id: str, download: str) -> None:
        """Hold the lease for longer, if it is still that of the download."""
        await self._eval(_RENEW, [f"{PREFIX}lease:{source_id}"], [download, _milliseconds(LEASE_SECONDS)])

    async def release(self, source_id: str, download: str, failed: FailedDownload | None, seconds: int) -> None:
        """Give the lease back, if it is still that of the download, and tell for so long how it failed, if it did."""
        await self._release(_RELEASE, source_id, [download, failed.model_dump_json() if failed else "", seconds])

    async def release_unless_awaited(self, source_id: str, download: str) -> bool:
        """Give the lease back if nobody waits for the download; whether that was done."""
        return bool(await self._release(_RELEASE_UNLESS_AWAITED, source_id, [download, "", 0]))

    async def _release(self, script: str, source_id: str, values: list[Any]) -> Any:  # noqa: ANN401 - of the script
        return await self._eval(
            script, [f"{PREFIX}{name}:{source_id}" for name in ("lease", "awaited", "failed")], values
        )

    async def wait_for(self, source_id: str) -> None:
        """Have the downloader know that somebody waits."""
        await self._redis.set(f"{PREFIX}awaited:{source_id}", 1, px=_milliseconds(LEASE_SECONDS))

    async def keep(self, source_id: str, kept: KeptSource) -> list[str]:
        """Enter a source; what was used least lately goes, if it gets too much. Returns keys of files to remove."""
        values = [source_id, kept.model_dump_json(), kept.size_bytes, self._max_bytes, time.time(), kept.key]
        gone: list[str] = await self._eval(_KEEP, self._keys, [ENTRY_BYTES, *values])
        return gone

    async def touch(self, source_id: str) -> None:
        """Note that a source was used."""
        await self._redis.zadd(self._keys[1], {source_id: time.time()}, xx=True)

    async def forgive(self, source_id: str) -> None:
        """Forget how the last download failed: there is a better one."""
        await self._redis.delete(f"{PREFIX}failed:{source_id}")

    async def forget(self, source_id: str, key: str) -> None:
        """Remove an entry whose file is gone, unless it is another one by now."""
        script = f"""{_REMOVE}
        local entry = redis.call("HGET", KEYS[1], ARGV[2])
        if entry and cjson.decode(entry).key == ARGV[3] then remove(ARGV[2]) end"""
        await self._eval(script, self._keys, [ENTRY_BYTES, source_id, key])

    async def evict(self, unused_since: float, most: int) -> list[str]:
        """Remove entries that were last used before a moment, or are too much; returns keys of files to remove.

        Args:
            unused_since: Unix time.
            most: How many at most; there may be more to remove if it were so many.
        """
        limits = [ENTRY_BYTES, self._max_bytes, unused_since, most]
        gone: list[str] = await self._eval(_EVICT, self._keys, limits)
        return gone

    async def keys_of(self, source_ids: list[str]) -> list[str | None]:
        """Where the files of sources are, in that order."""
        entries = await self._redis.hmget(self._keys[0], source_ids)
        return [kept.key if (kept := _read(KeptSource, entry)) else None for entry in entries]

    async def size_bytes(self) -> int:
        """What all sources take."""
        return int(await self._redis.get(self._keys[2]) or 0)

    async def _eval(self, script: str, keys: list[str], values: list[Any]) -> Any:  # noqa: ANN401 - what a script says
        return await self._redis.eval(script, len(keys), *keys, *values)


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)


def _read(model: type[M], text: str | bytes | None) -> M | None:
    """What another version wrote and this one cannot read is as good as not there."""
    try:
        return model.model_validate_json(text) if text is not None else None
    except ValidationError:
        return None
