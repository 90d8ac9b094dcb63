"""Dead letters: tasks that were given up although trying again may help. The operator lists them and starts them again.

BullMQ keeps them among all that failed. Lasting failures and canceled tasks lie there too, but the cleanup crew removes
those after a minute.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from pixelmill.domain import cursor as cursors
from pixelmill.domain.cursor import Position
from pixelmill.domain.errors import QueueFull, QueueUnavailable
from pixelmill.domain.task import Task, accepted, new_acceptance_id
from pixelmill.queue.engine import MAX_TURNS, Command, Engine, moment, unix_milliseconds
from pixelmill.queue.intake import Intake, start
from pixelmill.queue.kept import Change, KeptTask
from pixelmill.queue.reading import find, read_kept
from pixelmill.settings import ResultSettings

BATCH_TASKS: Final = 100
"""Read in one transaction: some milliseconds of Redis' time."""

MAX_LOOKED_AT: Final = 2000
"""Failures one page looks at. A page that meets so many lasting ones is short, and the next one goes on behind them."""

MAX_REQUEUED: Final = 500
"""Started again by one call: half a second of work."""

SWEPT_AFTER_SECONDS: Final = 120
"""So much later than its life a lasting failure is gone, if a cleanup crew is at work."""

_COUNT: Final = """
local count = redis.call("ZCOUNT", KEYS[1], "-inf", "(" .. ARGV[1])
for _, id in ipairs(redis.call("ZRANGEBYSCORE", KEYS[1], ARGV[1], "+inf")) do
  local is_json, reason = pcall(cjson.decode, redis.call("HGET", ARGV[2] .. id, "failedReason") or "")
  if not (is_json and type(reason) == "table" and (reason.retryable == false or reason.code == "canceled")) then
    count = count + 1
  end
end
return count
"""
"""Count dead letters: what failed long ago is one, what failed lately is looked at.

KEYS: the failed set. ARGV: what is lately, in ms; prefix of a job's key.
"""

_Place = tuple[float, str]
"""When a task failed, in ms, and its id: the order of the failed set."""

_NEWEST: Final[_Place] = (float("inf"), "")


class DeadLetterPage(BaseModel):
    """Dead letters, the newest first."""

    model_config = ConfigDict(frozen=True)

    tasks: list[Task]
    next_cursor: str | None = Field(default=None, description="Ask for the next page with this; null on the last.")


class Requeued(BaseModel):
    """What came of starting dead letters again."""

    model_config = ConfigDict(frozen=True)

    requeued: int = Field(description="How many were started again.")
    next_cursor: str | None = Field(default=None, description="Ask again with this for the rest; null when all are.")


class DeadLetters:
    """The dead letters of one queue.

    Args:
        engine: The queue.
        intake: Knows whether there is room.
        results: How long the ends of tasks are kept.
    """

    def __init__(self, engine: Engine, intake: Intake, results: ResultSettings) -> None:
        self._engine = engine
        self._intake = intake
        self._results = results

    async def count(self) -> int:
        """How many there are."""
        lately = datetime.now(UTC) - timedelta(seconds=self._results.failure_life_seconds + SWEPT_AFTER_SECONDS)
        key, arguments = self._engine.key("failed"), (unix_milliseconds(lately), self._engine.key(""))
        (count,) = await self._engine.transact(lambda pipeline: pipeline.eval(_COUNT, 1, key, *arguments))
        return int(count)

    async def page(self, cursor: str | None, limit: int) -> DeadLetterPage:
        """See `TaskQueue.dead_letters`."""
        place: _Place | None = _place_of(cursor)
        tasks: list[Task] = []
        for _ in range(MAX_LOOKED_AT // BATCH_TASKS):
            if place is None or len(tasks) == limit:
                break
            letters, place = await self._look(place, min(BATCH_TASKS, limit - len(tasks)))
            tasks += [letter.as_task(self._results) for letter in letters]
        return DeadLetterPage(tasks=tasks, next_cursor=_cursor_of(place))

    async def requeue(self, task_id: str) -> Change | None:
        """See `TaskQueue.requeue`."""
        for _ in range(MAX_TURNS):
            kept = await find(self._engine, task_id)
            if kept is None or kept.is_over(self._results, datetime.now(UTC)):
                return None
            if not kept.is_dead_letter:
                return Change(kept.as_task(self._results), is_new=False)
            await self._intake.require_room()
            if (task := await self._restart(kept)) is not None:
                return Change(task, is_new=True)
        raise QueueUnavailable

    async def requeue_all(self, cursor: str | None) -> Requeued:
        """See `TaskQueue.requeue_all`."""
        place: _Place | None = _place_of(cursor)
        requeued = 0
        while place is not None and requeued < MAX_REQUEUED:
            try:
                await self._intake.require_room()
            except QueueFull:
                if requeued:
                    break
                raise
            letters, place = await self._look(place, BATCH_TASKS)
            for letter in letters:
                requeued += await self._restart(letter) is not None
        return Requeued(requeued=requeued, next_cursor=_cursor_of(place))

    async def _restart(self, letter: KeptTask) -> Task | None:
        """Start it again, as if it had been submitted now; None if somebody was faster."""
        anew = {"acceptance_id": new_acceptance_id(), "queued_at": datetime.now(UTC), "priority": letter.priority}
        work = letter.work.model_copy(update=anew)
        return accepted(work) if await start(self._engine, work, letter) else None

    async def _look(self, place: _Place, count: int) -> tuple[list[KeptTask], _Place | None]:
        """The dead letters among the next failures behind a place, and where they end; None if there are no more."""
        places, is_end = await self._behind(place, count)
        commands = [command(task_id) for _, task_id in places for command in (self._engine.state, self._engine.fields)]
        answers = await self._engine.transact(*commands) if commands else []
        kept = [read_kept(state, fields) for state, fields in zip(answers[::2], answers[1::2], strict=True)]
        return [letter for letter in kept if letter and letter.is_dead_letter], None if is_end else places[-1]

    async def _behind(self, place: _Place, count: int) -> tuple[list[_Place], bool]:
        """Up to `count` places behind one, and whether the set ends there."""
        key, offset = self._engine.key("failed"), 0
        while True:
            (found,) = await self._engine.transact(_newest(key, place, offset, count + 1))  # the place itself, too
            places = [(score, task_id) for task_id, score in found if (score, task_id) < place]
            is_end = len(found) <= count
            if places or is_end:
                return places[:count], is_end
            offset += count  # as many have failed in one millisecond


def _newest(key: str, place: _Place, offset: int, count: int) -> Command:
    """Members of the failed set with their times, from that of a place on, the newest first."""
    return lambda pipeline: pipeline.zrange(
        key, place[0], "-inf", desc=True, byscore=True, withscores=True, offset=offset, num=count
    )


def _place_of(cursor: str | None) -> _Place:
    if cursor is None:
        return _NEWEST
    position = cursors.decode(cursor)
    return unix_milliseconds(position.moment), position.id


def _cursor_of(place: _Place | None) -> str | None:
    if place is None:
        return None
    failed_at = moment(int(place[0]))
    return cursors.encode(Position(failed_at, place[1])) if failed_at else None
