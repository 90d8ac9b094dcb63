"""Follow tasks from a thread: what the queue's own thread tells is kept for it, the latest state of each task only."""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from pixelmill.api.tasks import CALL_SECONDS
from pixelmill.domain.errors import QueueUnavailable, TooManyStreams
from pixelmill.domain.task import Task
from pixelmill.queue.blocking import QueueThread
from pixelmill.queue.watcher import Watcher
from pixelmill.telemetry import metrics

FULL_RETRY_SECONDS: Final = 10
"""When a place may be free again: streams of small images end within seconds."""

News: TypeAlias = dict[str, Task | None]
"""States by the ids of the tasks; None for a task that is gone."""


class Following:
    """What one connection knows of the tasks it follows.

    States are absolute, so a slow reader gets the latest of each task and none between: what is kept is bounded by the
    number of tasks, whatever happens to them.
    """

    def __init__(
        self, task_ids: Sequence[str], sees: Callable[[Task], bool], on_close: "Callable[[Following], None]"
    ) -> None:
        self.task_ids = task_ids
        self._sees = sees
        self._on_close = on_close
        self._changed = threading.Condition()
        self._news: News = {}
        self._is_over = False

    @property
    def is_over(self) -> bool:
        """Whether there will be no more news: the process is about to end, or the connection has."""
        return self._is_over

    def tell(self, task_id: str, task: Task | None) -> None:
        """Take note of a state; any thread may call."""
        with self._changed:
            self._news[task_id] = task if task is not None and self._sees(task) else None
            self._changed.notify()

    def end(self) -> None:
        """Let nobody wait for news any more; any thread may call."""
        with self._changed:
            self._is_over = True
            self._changed.notify()

    def news(self, timeout_seconds: float) -> News:
        """What was told since the last call, as soon as there is anything; nothing when the time is up."""
        return self._taken(lambda: bool(self._news), timeout_seconds)

    def first_news(self, timeout_seconds: float) -> News:
        """The states to begin with.

        Raises:
            QueueUnavailable: One of them could not be read in time.
        """
        news = self._taken(lambda: len(self._news) == len(self.task_ids), timeout_seconds)
        if len(news) < len(self.task_ids):
            raise QueueUnavailable
        return news

    def close(self) -> None:
        """Follow no more."""
        self.end()
        self._on_close(self)

    def _taken(self, is_enough: Callable[[], bool], timeout_seconds: float) -> News:
        with self._changed:
            self._changed.wait_for(lambda: self._is_over or is_enough(), timeout_seconds)
            news, self._news = self._news, {}
            return news


class Followings:
    """Every connection that follows tasks; each holds a thread of the server.

    Args:
        thread: Runs the watcher.
        watcher: Tells when tasks change.
        max_streams: Most connections.
    """

    def __init__(self, *, thread: QueueThread, watcher: Watcher, max_streams: int) -> None:
        self._thread = thread
        self._watcher = watcher
        self._max_streams = max_streams
        self._lock = threading.Lock()
        self._open: set[Following] = set()
        self._is_ending = False

    def follow(self, task_ids: Sequence[str], sees: Callable[[Task], bool]) -> tuple[Following, News]:
        """Begin to follow tasks; the caller has to close what it gets.

        Args:
            task_ids: Distinct ids.
            sees: Whether they may know of a task; others are gone for them.

        Raises:
            TooManyStreams: As many connections as may follow tasks do, or the process is about to end.
            QueueUnavailable: Redis does not answer.
        """
        following = Following(task_ids, sees, self._close)
        self._admit(following)
        try:
            deadline = time.monotonic() + CALL_SECONDS
            self._thread.call(self._watcher.follow(task_ids, following.tell), CALL_SECONDS)
            return following, following.first_news(deadline - time.monotonic())
        except BaseException:
            following.close()
            raise

    def end_all(self) -> None:
        """End all that are open and admit no more: the process is about to end."""
        with self._lock:
            self._is_ending = True
            for following in self._open:
                following.end()

    def _admit(self, following: Following) -> None:
        with self._lock:
            if self._is_ending or len(self._open) >= self._max_streams:
                raise TooManyStreams(
                    "As many connections as may follow tasks do; ask for the status instead.",
                    retry_after_seconds=FULL_RETRY_SECONDS,
                )
            self._open.add(following)
            metrics.api_streams.set(len(self._open))

    def _close(self, following: Following) -> None:
        with self._lock:
            if following not in self._open:
                return
            self._open.remove(following)
            metrics.api_streams.set(len(self._open))
        self._thread.call(self._watcher.unfollow(following.task_ids, following.tell), CALL_SECONDS)
