"""Work on many sources at once, and tell what came of each in their order."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from pixelmill.cli.sources import Source


@dataclass(frozen=True)
class Ended:
    """What came of a source.

    Attributes:
        lines: For standard output.
        is_well: Whether everything that was asked for is there.
    """

    lines: tuple[str, ...] = ()
    is_well: bool = True


def failed(source: Source, error: Mapping[str, object], *, as_json: bool) -> Ended:
    """The end of a source of which nothing came; its error is for those who read JSON."""
    lines = (json.dumps({"source": source.name, "error": error}),) if as_json else ()
    return Ended(lines, is_well=False)


async def work_on(
    sources: Sequence[Source],
    work: Callable[[Source], Awaitable[Ended]],
    at_once: int,
    tell: Callable[[str], None],
) -> bool:
    """Work on all sources; whether all is well.

    Args:
        sources: What to work on.
        work: Works on one; what it raises ends all work.
        at_once: On how many at the same time.
        tell: Told the lines of each, in the order of the sources, as soon as it is its turn.
    """
    left = iter(enumerate(sources))
    ends: dict[int, Ended] = {}
    is_well, told = True, 0

    async def work_on_some() -> None:
        nonlocal is_well, told
        for number, source in left:
            ends[number] = await work(source)
            while told in ends:
                end = ends.pop(told)
                for line in end.lines:
                    tell(line)
                is_well, told = is_well and end.is_well, told + 1

    workers = [asyncio.create_task(work_on_some()) for _ in range(min(at_once, len(sources)))]
    try:
        await asyncio.wait(workers, return_when=asyncio.FIRST_EXCEPTION)
    finally:
        for worker in workers:
            worker.cancel()
        results = await asyncio.gather(*workers, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException) and not isinstance(result, asyncio.CancelledError):
            raise result
    return is_well
