"""The sandbox: a pool of child processes that touch pixels, so that no image can hurt the worker."""

import asyncio
import os
import sys
from pathlib import Path
from typing import Final, Self

import structlog

from pixelmill.domain.errors import PixelmillError, TaskError, TransformCrashed, TransformTimeout, error_of
from pixelmill.settings import TransformSettings
from pixelmill.telemetry import metrics
from pixelmill.transform.child_handle import ChildHandle
from pixelmill.transform.desk import Desk
from pixelmill.transform.layers.layer import Layer
from pixelmill.transform.order import Made, MadeVariant, Order, Reply, Tell, ignore

WATCH_SECONDS: Final = 0.1
"""How often memory is looked at: a child fills some 100 MB meanwhile, and looking costs 30 microseconds."""

RESTART_PAUSE_SECONDS: Final = 1.0
"""Pause before a child that could not be started is tried again."""

_log = structlog.get_logger()


class Sandbox:
    """Children that decode, one order each at a time, killable at any moment.

    Each child has a keeper, which offers it for work and starts another the moment it is gone: killed, crashed or
    retired, busy or idle. The others go on meanwhile.

    Args:
        settings: Number of children, deadline, memory, limits of sources.
        scratch_dir: An existing folder, where the children's desks are made; best on the file system of the sources.

    Attributes:
        layers: What the children are confined by, once the sandbox has started.
    """

    def __init__(self, settings: TransformSettings, scratch_dir: Path) -> None:
        self._settings = settings
        self._scratch_dir = scratch_dir
        self._children: set[ChildHandle] = set()
        self._idle: asyncio.Queue[ChildHandle | None] = asyncio.Queue()
        self._keepers: list[asyncio.Task[None]] = []
        self.layers: tuple[Layer, ...] = ()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def start(self) -> None:
        """Start every child and wait until all are ready for work.

        Raises:
            TransformCrashed: A child cannot be started; none is left behind.
        """
        try:
            async with asyncio.TaskGroup() as starts:
                started = [starts.create_task(self._start_child()) for _ in range(self.processes)]
        except BaseExceptionGroup as errors:
            await self.close()
            raise TransformCrashed("The processes that transform images cannot be started.") from errors
        except asyncio.CancelledError:
            await self.close()
            raise
        self.layers = started[0].result().layers
        self._keepers = [asyncio.create_task(self._keep(start.result())) for start in started]
        self._keepers.append(asyncio.create_task(self._watch_memory()))

    async def transform(self, order: Order, tell: Tell = ignore) -> Made:
        """Make every variant of an order, in the next free child.

        `tell` is told how many variants are done, a few times a second at most.

        The deadline counts from the moment a child takes the order. Canceling the call kills the child. Whatever
        happens, nothing is written into the order's scratch folder after the call has ended.

        Raises:
            UnsupportedFormat: The file cannot be opened as the format it was said to be.
            TooManyPixels: The header announces more pixels or frames than the limits allow.
            CorruptImage: The file ends early or contradicts itself.
            TransformTimeout: The child was killed at its deadline.
            TransformCrashed: The child died, or outgrew its memory and was killed.
        """
        child = await self._free_child()
        order = order.model_copy(update={"encoders": 1 + self._idle.qsize()})  # the idle children leave it their cores
        try:
            async with asyncio.timeout(self._settings.timeout_seconds):
                reply = await child.exchange(order, tell)
            end = checked(reply, order, child.desk)
            child.desk.clear()
        except TimeoutError:
            await child.end("timeout")
            raise TransformTimeout(
                f"Transforming the image took longer than {self._settings.timeout_seconds:g} seconds."
            ) from None
        except asyncio.CancelledError:
            await child.end("canceled")
            raise
        except BaseException:
            await child.end("crashed")  # whatever broke: a child in an unknown state is not used again
            raise
        self._give_back(child)
        if isinstance(end, PixelmillError):
            raise end
        return end

    async def close(self) -> None:
        """Kill every child; calls still running or waiting end with `TransformCrashed`."""
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        await asyncio.gather(*(child.end("closed") for child in self._children))
        self._children.clear()
        self._idle.put_nowait(None)
        metrics.children_running.set(0)
        metrics.children_memory_bytes.set(0)

    @property
    def processes(self) -> int:
        """How many children there are, or will be again."""
        return _processes(self._settings)

    @property
    def has_children(self) -> bool:
        """Whether any child is alive; without one, orders wait until one can be started."""
        return any(child.is_alive for child in self._children)

    async def _free_child(self) -> ChildHandle:
        while child := await self._idle.get():
            if child.is_alive:
                return child
        self._idle.put_nowait(None)  # closed: the next one who waits has to know as well
        raise TransformCrashed("The service is shutting down.")

    def _give_back(self, child: ChildHandle) -> None:
        # A child holds nothing between two orders: it is killed rather than asked, and so it cannot refuse.
        if child.served >= self._settings.recycle_tasks:
            child.kill("retired")
        elif child.resident_bytes > self._settings.recycle_bytes:
            child.kill("grown")
        else:
            self._idle.put_nowait(child)

    async def _keep(self, child: ChildHandle) -> None:
        while True:
            self._idle.put_nowait(child)
            await child.gone()
            self._children.discard(child)
            child = await self._replacement()

    async def _replacement(self) -> ChildHandle:
        while True:
            try:
                return await self._start_child()
            except (TransformCrashed, TimeoutError, OSError):
                _log.exception("child_not_started")
                await asyncio.sleep(RESTART_PAUSE_SECONDS)

    async def _start_child(self) -> ChildHandle:
        child = await ChildHandle.start(self._settings, Desk.set_up(self._scratch_dir))
        self._children.add(child)
        metrics.children_running.set(len(self._children))
        return child

    async def _watch_memory(self) -> None:
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            usage = {child: child.resident_bytes for child in self._children}
            metrics.children_memory_bytes.set(sum(usage.values()))
            for child, resident_bytes in usage.items():
                if resident_bytes > self._settings.memory_bytes:
                    await child.end("memory")


def _processes(settings: TransformSettings) -> int:
    if settings.processes:
        return settings.processes
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def checked(reply: Reply, order: Order, desk: Desk) -> Made | PixelmillError:
    """What a reply says was made, moved from the desk to the order's scratch folder; or the error it carries.

    A decoder can be taken over by what it decodes: no reply makes the worker publish a file of another place.

    Raises:
        TransformCrashed: The reply does not fit the order, or what lies on the desk.
    """
    if reply.error is not None:
        return error_of(reply.error)
    if reply.made is None or reply.made.variants.keys() != order.variants.keys():
        raise TransformCrashed
    ends = {name: reply.made.variants[name] for name in order.variants}
    taken: dict[MadeVariant, MadeVariant] = {}
    for name, end in ends.items():
        if isinstance(end, MadeVariant) and end not in taken:  # variants that came out alike have the first one's file
            taken[end] = desk.take(name, end, order.scratch_dir)
    variants = {name: end if isinstance(end, TaskError) else taken[end] for name, end in ends.items()}
    return reply.made.model_copy(update={"variants": variants})
