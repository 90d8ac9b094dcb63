"""The queue from threads: BullMQ speaks asyncio only, a WSGI server does not."""

from collections.abc import Coroutine
from typing import TypeVar

T = TypeVar("T")


class QueueThread:
    """One event loop in a daemon thread, started by the first call.

    It starts lazily because a server may fork its processes after the application is made: a thread does not
    survive a fork, and a Redis connection must not be shared across one. Make the `TaskQueue` and the `Watcher`
    anywhere; use them only through `call`.
    """

    def call(self, coroutine: Coroutine[object, object, T], timeout_seconds: float) -> T:
        """Run a coroutine in the loop and wait for its result.

        Raises:
            QueueUnavailable: It took longer than `timeout_seconds`; it is canceled.
            Exception: Whatever the coroutine raises.
        """
        raise NotImplementedError

    def close(self) -> None:
        """Stop the loop and its thread."""
        raise NotImplementedError
