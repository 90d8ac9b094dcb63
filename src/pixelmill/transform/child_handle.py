"""One child process, as the sandbox sees it: started, spoken to, watched and killed from the worker."""

import asyncio
import os
import sys
from contextlib import suppress
from typing import Final, Literal

import psutil
import structlog

from pixelmill.domain.errors import TransformCrashed
from pixelmill.domain.limits import MEBIBYTE
from pixelmill.settings import TransformSettings
from pixelmill.telemetry import metrics
from pixelmill.transform.desk import Desk
from pixelmill.transform.guard import SourceLimits
from pixelmill.transform.layers.layer import Layer
from pixelmill.transform.order import DONE_START, ChildConfiguration, Done, Order, Ready, Reply, Tell

Reason = Literal["timeout", "memory", "canceled", "crashed", "closed", "retired", "grown"]
"""Why a child ends; `crashed` is what nobody wanted, the last three are as it should be."""

_AS_MEANT: Final = frozenset[Reason]({"closed", "retired", "grown"})

START_SECONDS: Final = 30.0
"""A child that is not ready by then never will be; it takes a third of a second on an idle core."""

LAST_SECONDS: Final = 1.0
"""How long a child that has said its last may take to die of what it is dying of."""

MAX_REPLY_BYTES: Final = MEBIBYTE

# No PYTHON* variable and no current folder on the import path: nothing a source is named can be imported.
_COMMAND: Final = (sys.executable, "-E", "-P", "-m", "pixelmill.transform.child")

# One thread, few arenas, no rarely fuzzed codec; no warning of libvips for each slightly damaged photo.
_ENVIRONMENT: Final = {
    "LANG": "C.UTF-8",
    "MALLOC_ARENA_MAX": "2",
    "VIPS_BLOCK_UNTRUSTED": "1",
    "VIPS_CONCURRENCY": "1",
    "VIPS_WARNING": "hidden",
}

_log = structlog.get_logger()


class ChildHandle:
    """A child that is ready for orders, or dead. Made by `ChildHandle.start`."""

    def __init__(self, process: asyncio.subprocess.Process, desk: Desk) -> None:
        self._process = process
        self._stdin, self._stdout, self._stderr = _pipes(process)
        self._end: Reason | None = None
        self._is_reported = False
        self._watched: psutil.Process | None = None
        self._listener = asyncio.create_task(self._log_stderr(), name=f"stderr of child {process.pid}")
        self.desk = desk
        self.layers: tuple[Layer, ...] = ()
        self.served = 0

    @classmethod
    async def start(cls, settings: TransformSettings, desk: Desk) -> "ChildHandle":
        """Start a child at a desk, which is removed with it, and wait until it is ready.

        Raises:
            TransformCrashed: It did not become ready.
        """
        try:
            process = await asyncio.create_subprocess_exec(
                *_COMMAND,
                _configuration(settings, desk).model_dump_json(),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                limit=MAX_REPLY_BYTES,
                cwd=desk.outbox,
                env=_ENVIRONMENT | {"TMPDIR": str(desk.outbox)},
                start_new_session=True,  # Ctrl-C at a terminal is for the worker, which then ends its children
            )
        except BaseException:
            desk.remove()
            raise
        metrics.children_started.inc()
        child = cls(process, desk)
        await child._await_ready()
        return child

    @property
    def is_alive(self) -> bool:
        """Whether the process has not ended, as far as is known, and is not about to."""
        return self._end is None and self._process.returncode is None

    @property
    def resident_bytes(self) -> int:
        """The memory it occupies; 0 when it is gone."""
        with suppress(psutil.NoSuchProcess):
            # One object for good: making it costs more than what it is asked.
            self._watched = self._watched or psutil.Process(self._process.pid)
            return int(self._watched.memory_info().rss)
        return 0

    async def exchange(self, order: Order, tell: Tell) -> Reply:
        """Hand over an order and await the reply; `tell` hears what the child says in between.

        Raises:
            TransformCrashed: The child ended, or what it said is no reply.
            OSError: The source cannot be read.
        """
        order = self.desk.lay(order)
        self.served += 1
        try:
            line = await self._ask(order.model_dump_json().encode() + b"\n")
            for _ in order.variants:
                if not line.startswith(DONE_START):
                    break
                tell(min(Done.model_validate_json(line).done, len(order.variants)))
                line = await self._stdout.readline()
            return Reply.model_validate_json(line)
        except (ConnectionError, ValueError) as error:
            await self._die()
            if self._end == "memory":
                raise TransformCrashed("The image needs more memory than a transform may use.") from error
            raise TransformCrashed("The process that transformed the image died.") from error

    async def end(self, reason: Reason) -> None:
        """Kill the process, unless it is gone already, and wait until it is: it then writes nothing any more.

        The first reason counts.
        """
        self.kill(reason)
        await self.gone()

    def kill(self, reason: Reason) -> None:
        """Kill the process, unless it is gone already, and wait for nothing."""
        self._end = self._end or reason
        if self._process.returncode is None:
            self._process.kill()

    async def gone(self) -> None:
        """Wait until the process is gone, all it said is logged, and its desk removed."""
        await self._process.wait()
        await asyncio.shield(self._listener)
        self.desk.remove()
        self._report(self._end or "crashed")

    async def _die(self) -> None:
        # Its own death says more, by the signal it died of, than being killed: a crash takes a moment to be over.
        with suppress(TimeoutError):
            await asyncio.wait_for(self._process.wait(), LAST_SECONDS)
        await self.end("crashed")

    def _report(self, reason: Reason) -> None:
        if self._is_reported or reason == "closed":
            return
        self._is_reported = True
        metrics.children_killed.labels(reason=reason).inc()
        log = _log.info if reason in _AS_MEANT else _log.warning
        log("child_ended", pid=self._process.pid, reason=reason, returncode=self._process.returncode)

    async def _await_ready(self) -> None:
        try:
            async with asyncio.timeout(START_SECONDS):
                ready = Ready.model_validate_json(await self._stdout.readline())
        except asyncio.CancelledError:
            await self.end("closed")
            raise
        except (ValueError, TimeoutError) as error:
            await self.end("crashed")
            raise TransformCrashed from error
        self.layers = ready.layers

    async def _ask(self, line: bytes) -> bytes:
        self._stdin.write(line)
        await self._stdin.drain()
        return await self._stdout.readline()

    async def _log_stderr(self) -> None:
        while said := await self._stderr.read(MAX_REPLY_BYTES):
            _log.warning("child_stderr", pid=self._process.pid, text=said.decode(errors="replace").strip())


def _pipes(
    process: asyncio.subprocess.Process,
) -> tuple[asyncio.StreamWriter, asyncio.StreamReader, asyncio.StreamReader]:
    if process.stdin is None or process.stdout is None or process.stderr is None:
        raise ValueError("a child is started with three pipes")
    return process.stdin, process.stdout, process.stderr


def _configuration(settings: TransformSettings, desk: Desk) -> ChildConfiguration:
    return ChildConfiguration(
        parent_pid=os.getpid(),
        memory_bytes=settings.memory_bytes,
        inbox=desk.inbox,
        outbox=desk.outbox,
        limits=SourceLimits(
            max_frame_pixels=settings.max_frame_pixels,
            max_total_pixels=settings.max_total_pixels,
            max_frames=settings.max_frames,
            allow_truncated=settings.allow_truncated,
        ),
    )
