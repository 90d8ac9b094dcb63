"""Plain loops: libvips' own `thumbnail`, and Pixelmill's transform alone, without a queue, checks or a service."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Literal

from benchmarks.contenders.contender import Contender
from benchmarks.meter import Roles
from benchmarks.places import FOLDER
from benchmarks.wanted import Wanted

Loop = Literal["floor", "thumbnail", "transform"]
"""What the processes do for each image; see `benchmarks.loop`."""

PROCESSES: Final = 2
_ENVIRONMENT: Final = {"VIPS_CONCURRENCY": "1", "MALLOC_ARENA_MAX": "2", "PYTHONPATH": str(FOLDER.parent)}


class Loops:
    """Processes that take one image after the other.

    Args:
        name: What they are called.
        processes: The processes, running.
    """

    def __init__(self, name: str, processes: list[asyncio.subprocess.Process]) -> None:
        self.name = name
        self._processes = processes
        self._idle: asyncio.Queue[asyncio.subprocess.Process] = asyncio.Queue()
        for process in processes:
            self._idle.put_nowait(process)

    async def make(self, wanted: Wanted) -> bytes:
        """As `Contender.make`."""
        process = await self._idle.get()
        try:
            return await asyncio.to_thread(Path(await _ask(process, wanted)).read_bytes)
        finally:
            self._idle.put_nowait(process)

    def roles(self) -> Roles:
        """As `Contender.roles`."""
        return {"loop": [process.pid for process in self._processes]}


@asynccontextmanager
async def loops(loop: Loop, name: str) -> AsyncIterator[Contender]:
    """Start the processes of a loop."""
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory(prefix="pixelmill-loop-"))
        yield Loops(name, [await stack.enter_async_context(_started(loop, folder)) for _ in range(PROCESSES)])


@asynccontextmanager
async def _started(loop: Loop, folder: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.loop", loop, folder),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | _ENVIRONMENT,
    )
    try:
        yield process
    finally:
        if process.stdin is not None:
            process.stdin.close()
        await process.wait()


async def _ask(process: asyncio.subprocess.Process, wanted: Wanted) -> str:
    if process.stdin is None or process.stdout is None:
        raise ValueError("a loop is started with two pipes")
    order = {"path": str(wanted.source.path), "url": wanted.url, "width": wanted.width, "output": wanted.output}
    process.stdin.write(json.dumps(order | {"quality": wanted.quality}).encode() + b"\n")
    await process.stdin.drain()
    return (await process.stdout.readline()).decode().rstrip("\n")
