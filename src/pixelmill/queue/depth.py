"""How much is in the queue, and how fast it drains."""

import time
from dataclasses import dataclass
from math import ceil
from typing import Final

from pixelmill.queue.engine import PRIORITY_NUMBERS, PRIORITY_SCORE, Command, Engine
from pixelmill.queue.kept import State

DRAIN_WINDOW_SECONDS: Final = 60
MAX_RETRY_SECONDS: Final = 300


@dataclass(frozen=True)
class QueueDepth:
    """How much is in the queue.

    Attributes:
        counts: Tasks by `State` value; all five are present.
        oldest_waiting_seconds: Age of the task that waits longest; 0 when none waits.
    """

    counts: dict[str, int]
    oldest_waiting_seconds: float


def waiting(engine: Engine) -> list[Command]:
    """Commands whose results add up to the tasks that wait. Those of dead workers have a list of their own.

    So have those that wait for a moment: to be tried again, or for their turn with a slow host.
    """
    return [
        lambda pipeline: pipeline.llen(engine.key("wait")),
        lambda pipeline: pipeline.zcard(engine.key("prioritized")),
        lambda pipeline: pipeline.zcard(engine.key("delayed")),
    ]


async def measure(engine: Engine) -> QueueDepth:
    """Measure the queue in two round trips."""
    counts = [
        *waiting(engine),
        lambda pipeline: pipeline.llen(engine.key("active")),
        lambda pipeline: pipeline.zcard(engine.key("completed")),
        lambda pipeline: pipeline.zcard(engine.key("failed")),
    ]
    again, first_time, retrying, active, completed, failed, *heads = await engine.transact(*counts, *_heads(engine))
    by_state = {
        State.WAITING.value: again + first_time,
        State.ACTIVE.value: active,
        State.RETRYING.value: retrying,
        State.COMPLETED.value: completed,
        State.FAILED.value: failed,
    }
    return QueueDepth(by_state, await _oldest_seconds(engine, [task_id for head in heads for task_id in head]))


def _heads(engine: Engine) -> list[Command]:
    """The next task of each priority: the oldest of it, but for retried ones."""
    scores = [number * PRIORITY_SCORE for number in PRIORITY_NUMBERS.values()]
    return [
        lambda pipeline: pipeline.lrange(engine.key("wait"), -1, -1),
        *(_first_between(engine.key("prioritized"), score, score + PRIORITY_SCORE - 1) for score in scores),
    ]


def _first_between(key: str, lowest: int, highest: int) -> Command:
    return lambda pipeline: pipeline.zrange(key, lowest, highest, byscore=True, offset=0, num=1)


async def _oldest_seconds(engine: Engine, task_ids: list[str]) -> float:
    if not task_ids:
        return 0.0
    timestamps = await engine.transact(*(_queued_at(engine.key(task_id)) for task_id in task_ids))
    queued_at_seconds = [int(timestamp) / 1000 for timestamp in timestamps if timestamp]
    return max(0.0, time.time() - min(queued_at_seconds, default=time.time()))


def _queued_at(key: str) -> Command:
    return lambda pipeline: pipeline.hget(key, "timestamp")


async def ended_lately(engine: Engine) -> int:
    """How many tasks have ended in the last `DRAIN_WINDOW_SECONDS`."""
    since = (time.time() - DRAIN_WINDOW_SECONDS) * 1000
    counts = await engine.transact(
        lambda pipeline: pipeline.zcount(engine.key("completed"), since, "+inf"),
        lambda pipeline: pipeline.zcount(engine.key("failed"), since, "+inf"),
    )
    return sum(counts)


def seconds_until_room(waiting_tasks: int, ended: int) -> int:
    """When to try a full queue again: when a tenth of it will be done, at the rate of the last minute.

    Sooner, all that were refused would come back for the few places that got free. 1 to `MAX_RETRY_SECONDS`.
    """
    if not ended:
        return MAX_RETRY_SECONDS
    return min(MAX_RETRY_SECONDS, max(1, ceil(waiting_tasks / 10 * DRAIN_WINDOW_SECONDS / ended)))
