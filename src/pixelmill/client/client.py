"""The client that blocks."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self, Unpack

from pixelmill.client import flows
from pixelmill.client.driver import Driver
from pixelmill.client.following import follow
from pixelmill.client.parameters import Parameters
from pixelmill.client.problems import TaskFailed
from pixelmill.client.steps import Running
from pixelmill.domain.task import Priority, Status, Task
from pixelmill.domain.transformation import Transformation
from pixelmill.domain.variant import Result, Variant

OnChange = Callable[[Task], None]

WAIT_SECONDS: Final = 300.0
"""Three attempts at the service's own limits (30 s to fetch, 30 s to transform) with room to queue."""


class Client:
    """Submits images, follows tasks and fetches results. May be shared by threads.

    Connection errors and passing refusals (429, 502, 503, 504) are retried, heeding `Retry-After`; a submission has an
    idempotency key, so that it is one however often it is sent. Methods raise `ApiProblem` when the service refuses and
    `ServiceUnreachable` when it cannot be reached. Where a method takes a task, its id will do.

    Args:
        base_url: Where the service is, such as `http://127.0.0.1:8080`.
        api_key: Opens a service that asks for keys.
        timeout_seconds: Time for a connection, and between two bytes of an answer.
        retry_seconds: How long a failing call is repeated; 0 tries once.

    Raises:
        ValueError: No service is at such an address, or no key looks like this.
    """

    def __init__(
        self,
        base_url: str,
        *,
        api_key: str | None = None,
        timeout_seconds: float = 10.0,
        retry_seconds: float = 10.0,
    ) -> None:
        self._driver = Driver(base_url, api_key, timeout_seconds, retry_seconds)

    def close(self) -> None:
        """Close the connections."""
        self._driver.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def resize(
        self,
        source: str | Path,
        *,
        variants: Mapping[str, Transformation] | None = None,
        preset: str | None = None,
        markup: bool = False,
        timeout_seconds: float = WAIT_SECONDS,
        **parameters: Unpack[Parameters],
    ) -> Result:
        """Submit an image, wait, and return what was made; arguments as in `submit` and `wait`.

        Raises:
            TaskFailed: There is no result.
            TimeoutError: It has not come in time; the task goes on.
        """
        task = self.submit(source, variants=variants, preset=preset, markup=markup, **parameters)
        task = self.wait(task, timeout_seconds)
        if task.result is None:
            raise TaskFailed(task)
        return task.result

    def submit(
        self,
        source: str | Path,
        *,
        variants: Mapping[str, Transformation] | None = None,
        preset: str | None = None,
        markup: bool = False,
        priority: Priority | str = Priority.INTERACTIVE,
        refresh: bool = False,
        **parameters: Unpack[Parameters],
    ) -> Task:
        """Submit an image; equal submissions share one task.

        Args:
            source: A URL the service fetches, as `str`, or a file to upload, as `Path`.
            variants: What to make, by name, for several images.
            preset: A set of variants by its name, such as `responsive`; the result has markup for pages.
            markup: Whether the result of `variants` has markup, too.
            priority: `bulk` tasks wait for `interactive` ones.
            refresh: Make it anew even if a fresh result is there.
            **parameters: What to make, for one image (its variant is named `image`); with a preset, what is the same
                for all its variants.

        Raises:
            ValueError: The source is a `str`, and no URL.
        """
        flow = flows.submit(
            source,
            parameters,
            variants=variants,
            preset=preset,
            markup=markup,
            priority=priority,
            refresh=refresh,
        )
        return self._driver.run(flow)

    def status(self, task: Task | str) -> Task:
        """How a task stands. An expired one raises `ApiProblem` with the code `task_expired`."""
        return self._driver.run(flows.status(task))

    def stream(self, task: Task | str, timeout_seconds: float = WAIT_SECONDS) -> Iterator[Task]:
        """The states of a task, from the one that is given (or asked for, by its id) to its end, as they come.

        By an event stream, and by long polls where the service has none to spare.

        Raises:
            TimeoutError: It has not ended in time.
        """
        first = self._driver.run(flows.known(task))
        yield first
        yield from self._driver.emitted(Running(follow(first, timeout_seconds)))

    def wait(self, task: Task | str, timeout_seconds: float = WAIT_SECONDS, on_change: OnChange | None = None) -> Task:
        """Wait until a task has ended, as `stream` does.

        Args:
            task: As it was last known, or its id.
            timeout_seconds: Longest wait.
            on_change: Told of each change, a new stage included.

        Raises:
            TimeoutError: It has not ended in time.
        """
        first = self._driver.run(flows.known(task))
        following = Running(follow(first, timeout_seconds))
        for now in self._driver.emitted(following):
            if on_change is not None:
                on_change(now)
        return following.result

    def cancel(self, task: Task | str) -> Task:
        """End a task that is not wanted any more, for everybody who submitted it; returns it as it ended.

        One that has completed or failed raises `ApiProblem` with the code `task_finished`.
        """
        return self._driver.run(flows.cancel(task))

    def history(
        self,
        *,
        status: Status | str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        source: str | None = None,
        host: str | None = None,
    ) -> Iterator[Task]:
        """Tasks, those accepted last first; pages are fetched as they are needed.

        Args:
            status: Only tasks that stand so.
            since: Only tasks accepted at this time (with its zone) or later.
            until: Only tasks accepted before this time (with its zone).
            source: Only tasks of this source: its URL, or `sha256:` and the digest of an upload.
            host: Only tasks whose source is on this host.
        """
        return self._driver.emitted(Running(flows.history(status, since, until, source, host)))

    def dead_letters(self) -> Iterator[Task]:
        """Tasks that were given up although trying again may help, the newest first."""
        return self._driver.emitted(Running(flows.dead_letters()))

    def requeue(self, task: Task | str) -> Task:
        """Start a dead letter again. Any other task that has ended raises `ApiProblem`: `not_a_dead_letter`."""
        return self._driver.run(flows.requeue(task))

    def requeue_all(self) -> int:
        """Start all dead letters again, but for those that are given up meanwhile; returns how many."""
        return self._driver.run(flows.requeue_all())

    def download(self, variant: Variant, destination: Path) -> Path:
        """Save a variant to a file, whole or not at all; returns its path.

        Raises:
            DownloadDamaged: What came is not what the task promised.
        """
        return self._driver.download(variant, destination)
