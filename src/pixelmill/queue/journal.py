"""What the queue tells the trail in the same step in which it changes a task."""

from typing import Protocol

from pixelmill.domain.task import Task, Work


class Journal(Protocol):
    """A stream of Redis from which the trail is written.

    The queue writes to it inside its own transactions: what it tells has happened, and what happened was told.

    Attributes:
        key: The stream.
        max_entries: About how many entries it may hold; the oldest go first.
        acceptance_field: The field of an entry that says a task was accepted; its text is the `Work`, in JSON.
    """

    key: str
    max_entries: int
    acceptance_field: str

    def note_of_end(self, work: Work, task: Task) -> tuple[str, str]:
        """The field and the text of the entry that says how a task ended.

        Args:
            work: What was asked.
            task: The task as its callers see it, ended.
        """
