"""Finishing: the variants of an order, several at once where cores are idle. What comes out alike is made once."""

from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from pixelmill.domain.errors import TaskError
from pixelmill.domain.limits import MEGAPIXEL
from pixelmill.transform.finish import finish
from pixelmill.transform.making import Making
from pixelmill.transform.order import MadeVariant, Tell
from pixelmill.transform.picture import Picture

MAX_PIXELS_AT_ONCE: Final = 16 * MEGAPIXEL
"""Most pixels that are finished at the same time, unless one variant alone has more: AVIF, the encoder that takes most
memory, takes 22 bytes for each."""

End = MadeVariant | TaskError
"""How a variant ended."""


class Finishing:
    """Finishes variants in the order they are added. Use as a context manager: when it ends, nothing is written.

    Args:
        threads: How many variants are finished at once; libvips holds no lock of Python's meanwhile.
        scratch_dir: Where the variants are written.
        tell: Told how many are done.
    """

    def __init__(self, threads: int, scratch_dir: Path, tell: Tell) -> None:
        self._threads = threads
        self._tell = tell
        self._scratch_dir = scratch_dir
        self._executor = ThreadPoolExecutor(threads)
        self._essences: dict[str, Making] = {}
        self._running: dict[Making, Future[End]] = {}
        self._ends: dict[Making, End] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._executor.shutdown()

    def add(self, scaled: Picture, making: Making) -> None:
        """Finish a variant; returns when it is done or, with several threads, when its turn has come.

        Args:
            scaled: What it is made of; in memory, if anything else is made of it.
            making: The variant.

        Raises:
            PixelmillError: What is wrong with the source, and shows only now, at this variant or at one before it.
        """
        essence = making.essence
        is_new = essence not in self._essences.values()
        self._essences[making.name] = essence
        if not is_new:
            return
        if self._threads == 1:
            self._end(essence, finish(scaled, making, self._scratch_dir))
            return
        while self._running and not self._has_room(essence):
            self._collect()
        self._running[essence] = self._executor.submit(finish, scaled, making, self._scratch_dir)

    def ends(self) -> dict[str, End]:
        """How each variant ended, by name, when all have. Those that came out alike share one file.

        Raises:
            PixelmillError: As `add`.
        """
        while self._running:
            self._collect()
        return {name: self._ends[essence] for name, essence in self._essences.items()}

    def _has_room(self, essence: Making) -> bool:
        pixels = sum(making.pixels for making in (essence, *self._running))
        return len(self._running) < self._threads and pixels <= MAX_PIXELS_AT_ONCE

    def _collect(self) -> None:
        wait(self._running.values(), return_when=FIRST_COMPLETED)
        for essence in [essence for essence, end in self._running.items() if end.done()]:
            self._end(essence, self._running.pop(essence).result())

    def _end(self, essence: Making, end: End) -> None:
        self._ends[essence] = end
        self._tell(sum(each in self._ends for each in self._essences.values()))
