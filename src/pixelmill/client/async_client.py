"""The client for event loops: `Client` once more, to be awaited."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self, Unpack

from pixelmill.client import flows
from pixelmill.client.async_driver import AsyncDriver
from pixelmill.client.client import WAIT_SECONDS, OnChange
from pixelmill.client.following import follow
from pixelmill.client.parameters import Parameters
from pixelmill.client.problems import TaskFailed
from pixelmill.client.steps import Running
from pixelmill.domain.task import Priority, Status, Task
from pixelmill.domain.transformation import Transformation
from pixelmill.domain.variant import Result, Variant


class AsyncClient:
    """Does what `Client` does, with the same methods and arguments, in an event loop.

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
        self._driver = AsyncDriver(base_url, api_key, timeout_seconds, retry_seconds)

    async def close(self) -> None:
        """Close the connections."""
        await self._driver.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def resize(
        self,
        source: str | Path,
        *,
        variants: Mapping[str, Transformation] | None = None,
        preset: str | None = None,
        markup: bool = False,
        timeout_seconds: float = WAIT_SECONDS,
        **parameters: Unpack[Parameters],
    ) -> Result:
        """As `Client.resize`."""
        task = await self.submit(source, variants=variants, preset=preset, markup=markup, **parameters)
        task = await self.wait(task, timeout_seconds)
        if task.result is None:
            raise TaskFailed(task)
        return task.result

    async def submit(
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
        """As `Client.submit`."""
        flow = flows.submit(
            source,
            parameters,
            variants=variants,
            preset=preset,
            markup=markup,
            priority=priority,
            refresh=refresh,
        )
        return await self._driver.run(flow)

    async def status(self, task: Task | str) -> Task:
        """As `Client.status`."""
        return await self._driver.run(flows.status(task))

    async def stream(self, task: Task | str, timeout_seconds: float = WAIT_SECONDS) -> AsyncIterator[Task]:
        """As `Client.stream`."""
        first = await self._driver.run(flows.known(task))
        yield first
        async for now in self._driver.emitted(Running(follow(first, timeout_seconds))):
            yield now

    async def wait(
        self, task: Task | str, timeout_seconds: float = WAIT_SECONDS, on_change: OnChange | None = None
    ) -> Task:
        """As `Client.wait`."""
        first = await self._driver.run(flows.known(task))
        following = Running(follow(first, timeout_seconds))
        async for now in self._driver.emitted(following):
            if on_change is not None:
                on_change(now)
        return following.result

    async def cancel(self, task: Task | str) -> Task:
        """As `Client.cancel`."""
        return await self._driver.run(flows.cancel(task))

    def history(
        self,
        *,
        status: Status | str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        source: str | None = None,
        host: str | None = None,
    ) -> AsyncIterator[Task]:
        """As `Client.history`."""
        return self._driver.emitted(Running(flows.history(status, since, until, source, host)))

    def dead_letters(self) -> AsyncIterator[Task]:
        """As `Client.dead_letters`."""
        return self._driver.emitted(Running(flows.dead_letters()))

    async def requeue(self, task: Task | str) -> Task:
        """As `Client.requeue`."""
        return await self._driver.run(flows.requeue(task))

    async def requeue_all(self) -> int:
        """As `Client.requeue_all`."""
        return await self._driver.run(flows.requeue_all())

    async def download(self, variant: Variant, destination: Path) -> Path:
        """As `Client.download`."""
        return await self._driver.download(variant, destination)
