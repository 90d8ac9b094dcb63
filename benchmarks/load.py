"""Ask a contender for many images, some at a time."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Answered:
    """What came of a load.

    Attributes:
        seconds: How long the whole took.
        latencies_seconds: How long each request took.
    """

    seconds: float
    latencies_seconds: list[float]


async def load(make: Callable[[T], Awaitable[object]], wanted: Iterable[T], concurrency: int) -> Answered:
    """Have everything made, `concurrency` at a time, in order. The first failure ends it."""
    left, latencies = iter(wanted), list[float]()

    async def ask() -> None:
        for each in left:
            started = time.perf_counter()
            await make(each)
            latencies.append(time.perf_counter() - started)

    started = time.perf_counter()
    async with asyncio.TaskGroup() as asking:
        for _ in range(concurrency):
            asking.create_task(ask())
    return Answered(time.perf_counter() - started, latencies)
