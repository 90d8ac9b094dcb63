"""A worker process that may be killed, or kills itself: `python -m tests.support.consumer_process URL`.

What it does depends on the task's name: `killer-...` kills its own process, `slow-...` takes 0.5 s, all others complete
at once. Each attempt, and each task given up, is a line in the Redis list `log`.
"""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redis.asyncio import Redis

from pixelmill.domain.task import Outcome, Task, Work
from pixelmill.queue.attempt import Lease
from pixelmill.queue.consumer import Attempt, Consumer, ReportStage
from pixelmill.settings import QueueSettings, ResultSettings
from tests.support.tasks import an_outcome

ROOT = Path(__file__).parents[2]
LOG = "log"


@contextmanager
def consumer_process(redis_url: str, **settings: float) -> Iterator[subprocess.Popen[bytes]]:
    """A consumer in a process of its own, dead at the end. Settings of the queue may be given by name."""
    command = [sys.executable, "-m", "tests.support.consumer_process", redis_url]
    changes = {f"PIXELMILL_QUEUE_{name.upper()}": str(value) for name, value in settings.items()}
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ | changes)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


async def main(redis_url: str) -> None:
    log: Redis = Redis.from_url(redis_url)

    async def process(work: Work, attempt: Attempt, _report: ReportStage) -> Outcome:
        await log.rpush(LOG, f"{work.source.identity} {attempt.number}")
        if "killer" in work.source.identity:
            os.kill(os.getpid(), signal.SIGKILL)
        if "slow" in work.source.identity:
            await asyncio.sleep(0.5)
        return an_outcome()

    async def on_lost(work: Work, task: Task, _lease: Lease) -> None:
        code = task.error.code if task.error else None
        await log.rpush(LOG, f"{work.source.identity} {code} {task.attempts}")

    settings = QueueSettings(redis_url=redis_url)
    await Consumer(settings, ResultSettings(), process, on_lost, concurrency=8).run()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
