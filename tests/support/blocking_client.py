"""The client for event loops, driven by calls that block: what is tested of one client is tested of both."""

import asyncio
import inspect
import threading
from collections.abc import AsyncIterator, Coroutine, Iterator
from typing import Any, Self, TypeVar

from pixelmill.client import AsyncClient

T = TypeVar("T")


class BlockingClient:
    """Has the methods of `Client`, and an event loop in a thread that runs those of `AsyncClient`."""

    def __init__(self, base_url: str, **options: float) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="client", daemon=True)
        self._thread.start()
        self._client = self._run(_made(base_url, options))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._run(self._client.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the client has
        method = getattr(self._client, name)

        def call(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - as above
            called = method(*arguments, **named)
            return self._run(called) if inspect.iscoroutine(called) else self._pulled(called)

        return call

    def _run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(timeout=60)

    def _pulled(self, iterator: AsyncIterator[T]) -> Iterator[T]:
        end = object()
        while (item := self._run(_next(iterator, end))) is not end:
            yield item


async def _made(base_url: str, options: dict[str, Any]) -> AsyncClient:
    return AsyncClient(base_url, **options)


async def _next(iterator: AsyncIterator[Any], end: object) -> Any:  # noqa: ANN401 - whatever it yields
    return await anext(iterator, end)
