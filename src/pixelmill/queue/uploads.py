"""Which uploaded bytes are in the store, and which tasks use them.

    pixelmill:uploads:at:<sha256>     string   where the bytes are; expires with the result of a task that began with it
    pixelmill:uploads:tasks:<key>     set      the tasks that were ever to use the file under that key

A task is entered in the transaction that enqueues it, whoever does that. New ones come as long as the first key lives;
the cleanup crew looks at the file later than that, so no task is entered while it decides. With the file goes its set.
"""

from collections.abc import Sequence
from typing import Final

from pixelmill.domain.source import UploadSource
from pixelmill.domain.task import Work
from pixelmill.queue.engine import Command, Engine
from pixelmill.settings import ResultSettings

PREFIX: Final = "pixelmill:uploads:"


def refer(work: Work) -> list[Command]:
    """Commands that enter a task as one that uses the file of its source; none if that is no upload."""
    source = work.source
    if not isinstance(source, UploadSource):
        return []
    return [lambda pipeline: pipeline.sadd(_tasks(source.key), work.task_id)]


class Uploads:
    """The uploads of one store. Methods raise `QueueUnavailable` when Redis does not answer.

    Args:
        engine: Where Redis is.
        results: How long an upload is used by further tasks.
    """

    def __init__(self, engine: Engine, results: ResultSettings) -> None:
        self._engine = engine
        self._life_seconds = results.life_seconds

    async def find(self, sha256: str) -> str | None:
        """The key of a file that has these bytes and may be used by another task."""
        (key,) = await self._engine.transact(lambda pipeline: pipeline.get(_at(sha256)))
        return str(key) if key else None

    async def enter(self, sha256: str, key: str) -> None:
        """Have others find a file that was just stored."""
        await self._engine.transact(lambda pipeline: pipeline.set(_at(sha256), key, ex=self._life_seconds))

    async def tasks_of(self, keys: Sequence[str]) -> list[set[str]]:
        """The tasks that were ever to use each of these files."""
        return await self._engine.transact(*map(_members, keys)) if keys else []

    async def forget(self, keys: Sequence[str]) -> None:
        """Forget files that are about to go."""
        if keys:
            await self._engine.transact(lambda pipeline: pipeline.delete(*map(_tasks, keys)))


def _at(sha256: str) -> str:
    return f"{PREFIX}at:{sha256}"


def _tasks(key: str) -> str:
    return f"{PREFIX}tasks:{key}"


def _members(key: str) -> Command:
    return lambda pipeline: pipeline.smembers(_tasks(key))
