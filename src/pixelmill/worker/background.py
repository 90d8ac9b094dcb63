"""Work that goes on beside the tasks for as long as the worker lives."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

import structlog

from pixelmill.queue.cancellation import cancel

RESTART_SECONDS: Final = 1.0
"""Pause before work that crashed is started again."""

_log = structlog.get_logger()


@asynccontextmanager
async def in_background(name: str, run: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """Run something as long as the context lasts. A crash of it is logged, and it is started again."""
    running = asyncio.create_task(_keep_running(name, run), name=name)
    try:
        yield
    finally:
        await cancel(running)


async def _keep_running(name: str, run: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            await run()
        except Exception:  # noqa: BLE001 - a bug in it must not stop the worker
            _log.exception("background_work_crashed", name=name)
        await asyncio.sleep(RESTART_SECONDS)
