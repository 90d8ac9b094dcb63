"""Kill the processes of a service, one after the other, while it is under load."""

import random
import time
from collections import Counter
from typing import Final

import psutil

from tests.support.mixed_load import MixedLoad
from tests.support.up import Up, await_end
from tests.support.wait import wait_until

PATIENCE_SECONDS: Final = 120.0
TASKS_BETWEEN_KILLS: Final = 45
"""On average. Often it is many more, and often hardly one, so that something is killed while something else starts."""

VICTIMS: Final = {
    "child": ("pixelmill.transform.child",),
    "worker": ("pixelmill.worker.main",),
    "api": ("pixelmill.api.main",),
    "valkey": ("valkey-server",),
    "postgres": ("postgres", "-D"),
    "nginx": ("nginx", "master"),
    "cleanup_crew": ("pixelmill.cleanup_crew.main",),
    "supervisor": ("supervisor.supervisord",),
}
"""Words of their command lines. The api is two processes, children are several: one of them is killed."""


class Killing:
    """Kills one process after the other; starts `pixelmill up` again when it ended with its supervisor.

    Attributes:
        run: The run of `pixelmill up` that there is now.
        kills: How often each was killed.
    """

    def __init__(self, run: Up, load: MixedLoad, seed: int) -> None:
        self.run = run
        self.kills: Counter[str] = Counter()
        self._load = load
        self._chance = random.Random(seed)  # noqa: S311 - no secret

    def go(self, seconds: float) -> None:
        """Each once; and again, in ever another order, for as long as that."""
        started_at = time.monotonic()
        while not self.kills or time.monotonic() - started_at < seconds:
            for victim in self._chance.sample(list(VICTIMS), len(VICTIMS)):
                self.await_tasks(int(self._chance.expovariate(1 / TASKS_BETWEEN_KILLS)))
                self._kill(victim)

    def await_tasks(self, count: int) -> None:
        """So many more end: the service is at work again."""
        goal = self._load.ended + count
        wait_until(lambda: self._load.ended >= goal or self._load.mistakes, PATIENCE_SECONDS)

    def _kill(self, victim: str) -> None:
        everything = self.run.everything()
        wait_until(lambda: self._is_hit(victim), PATIENCE_SECONDS)
        self.kills[victim] += 1
        if victim == "supervisor":
            self.run.process.wait(PATIENCE_SECONDS)
            await_end(everything)
            self.run = self.run.again()
            self.run.await_ready()

    def _is_hit(self, victim: str) -> bool:
        try:
            self._chance.choice(self.run.find_all(*VICTIMS[victim])).kill()
        except psutil.NoSuchProcess:  # it ended by itself in this moment, as a child that is replaced
            return False
        return True
