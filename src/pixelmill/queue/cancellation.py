"""Cancel tasks that speak to Redis, reliably.

redis-py sends commands under `asyncio.wait_for`, which in Python 3.11 forgets a cancellation that comes at the moment
the sending ends (python/cpython#86296, fixed in 3.12). A single `cancel` may thus be lost, and who awaits its effect
waits for ever.
"""

import asyncio
from typing import Any, Final

AGAIN_SECONDS: Final = 0.1


async def cancel(task: asyncio.Task[Any]) -> None:
    """Cancel a task until it has ended. Its result or error is dropped."""
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=AGAIN_SECONDS)
