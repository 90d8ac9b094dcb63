"""Server-Sent Events: the states of tasks as they change, resumable, until all have ended.

Each event's id says which version of every task the reader has: when it comes back with the last one it gets what has
changed since, and nothing twice, from whichever process it meets.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from typing import Final

from pixelmill.api.following import Following, News
from pixelmill.domain.task import Task

MEDIA_TYPE: Final = "text/event-stream"

RECONNECT_MILLISECONDS: Final = 2000
"""How long a browser waits before it comes back. A restart of the api takes about as long."""

HEARTBEAT_SECONDS: Final = 10.0
"""A comment this often: proxies see that the connection lives, and we see when it does not."""

VERSION_DIGITS: Final = 8
"""Of each task in an event's id: one state in four billion would be taken for another."""

_EVENT_ID: Final = re.compile(rf"(?:[0-9a-f]{{{VERSION_DIGITS}}}|-{{{VERSION_DIGITS}}})+")
_HEARTBEAT: Final = b":\n"
_END: Final = b"event: end\ndata: {}\n\n"
_UNKNOWN_VERSION: Final = "-" * VERSION_DIGITS


class EventStream:
    """The events of one connection.

    Args:
        task_ids: Distinct ids, in the order of the request.
        last_event_id: What the reader has got already, if it comes back. What is no id of ours is as if it were not
            there: a browser that were refused would never come back.
    """

    def __init__(self, task_ids: Sequence[str], last_event_id: str | None) -> None:
        self._versions = dict(zip(task_ids, _versions(last_event_id or "", len(task_ids)), strict=True))
        self._pending = set(task_ids)

    @property
    def has_ended(self) -> bool:
        """Whether every task has ended or is gone, and the reader was told."""
        return not self._pending

    def told(self, news: News) -> bytes:
        """The events that tell what is new to the reader; empty if nothing is."""
        return b"".join(event for task_id, task in news.items() for event in self._event(task_id, task))

    def run(self, following: Following, first: bytes) -> Iterator[bytes]:
        """The body of the answer.

        Args:
            following: Brings the news.
            first: The events to begin with.
        """
        yield b"retry: %d\n" % RECONNECT_MILLISECONDS + first
        while not (self.has_ended or following.is_over):
            yield self.told(following.news(HEARTBEAT_SECONDS)) or _HEARTBEAT
        if self.has_ended:
            yield _END

    def _event(self, task_id: str, task: Task | None) -> Iterator[bytes]:
        if task is None:
            name, data = "event: gone\n", json.dumps({"task_id": task_id})
        else:
            name, data = "", task.model_dump_json()
        if task is None or task.status.is_final:
            self._pending.discard(task_id)
        version = hashlib.sha256(data.encode()).hexdigest()[:VERSION_DIGITS]
        if version != self._versions[task_id]:
            self._versions[task_id] = version
            yield f"{name}id: {''.join(self._versions.values())}\ndata: {data}\n\n".encode()


def _versions(event_id: str, count: int) -> list[str]:
    if len(event_id) != count * VERSION_DIGITS or not _EVENT_ID.fullmatch(event_id):
        return [_UNKNOWN_VERSION] * count
    return [event_id[start : start + VERSION_DIGITS] for start in range(0, len(event_id), VERSION_DIGITS)]
