"""The queue from threads: BullMQ speaks asyncio only, a WSGI server does not."""

import asyncio
import threading
from collections.abc import Coroutine
from typing import TypeVar

import uvloop

from pixelmill.domain.errors import QueueUnavailable

T = TypeVar("T")


class QueueThread:
    """One event loop in a daemon thread, started by the first call.

    It starts lazily because a server may fork its processes after the application is made: a thread does not
    survive a fork, and a Redis connection must not be shared across one. Make the `TaskQueue` and the `Watcher`
    anywhere; use them only through `call`.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._closed = asyncio.Event()

    def call(self, coroutine: Coroutine[object, object, T], timeout_seconds: float) -> T:
        """Run a coroutine in the loop and wait for its result.

        Raises:
            QueueUnavailable: It took longer than `timeout_seconds`; it is canceled.
            Exception: Whatever the coroutine raises.
        """
        future = asyncio.run_coroutine_threadsafe(coroutine, self._started())
        try:
            return future.result(timeout_seconds)
        except TimeoutError as error:
            future.cancel()
            raise QueueUnavailable from error

    def close(self) -> None:
        """Cancel what still runs, stop the loop and its thread. The next call starts them again."""
        with self._lock:
            if self._loop is None or self._thread is None:
                return
            self._loop.call_soon_threadsafe(self._closed.set)
            self._thread.join()
            self._loop = self._thread = None

    def _started(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                ready = threading.Event()
                self._thread = threading.Thread(target=self._run, args=[ready], name="queue", daemon=True)
                self._thread.start()
                ready.wait()
            assert self._loop is not None  # noqa: S101 - the thread has set it
            return self._loop

    def _run(self, ready: threading.Event) -> None:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            self._loop = runner.get_loop()
            self._closed = asyncio.Event()
            ready.set()
            runner.run(self._closed.wait())
