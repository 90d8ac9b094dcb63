"""Fetch a source from a bucket, within the limits that hold for sources from the web."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final, Protocol

from pixelmill.domain.errors import SourceForbidden, SourceTimeout
from pixelmill.domain.object_url import object_of
from pixelmill.fetch.download import Answer, Download, Fetched
from pixelmill.fetch.fetcher import Condition
from pixelmill.fetch.received import Received, receiving
from pixelmill.fetch.reported import reported
from pixelmill.settings import FetchSettings

_ASK_EACH_TIME: Final = {"Cache-Control": "no-cache"}
"""Asking whether an object has changed costs little, and nobody has said how long it will not."""


class Found(Protocol):
    """An object that is being read."""

    @property
    def size_bytes(self) -> int:
        """As the object store tells."""

    @property
    def headers(self) -> Mapping[str, str]:
        """What it tells that helps to keep it."""

    @property
    def chunks(self) -> AsyncIterator[bytes]:
        """Its bytes."""


class Buckets(Protocol):
    """What reads objects: a part of the store."""

    def is_allowed(self, bucket: str) -> bool:
        """Whether a bucket may be read from."""

    async def get(self, bucket: str, key: str, unless_etag: str | None = None) -> Found | None:
        """Begin to read an object; None if it is still the one with that ETag."""


class BucketFetcher:
    """Fetches sources from buckets.

    Args:
        settings: The limits.
        buckets: Reads them.
    """

    def __init__(self, settings: FetchSettings, buckets: Buckets) -> None:
        self._settings = settings
        self._buckets = buckets

    async def fetch(self, url: str, destination: Path) -> Fetched:
        """Download an object into a new file; nothing is left of it if that fails. Raises as `Fetcher.fetch`."""
        fetched = await self._fetch(url, destination, None)
        assert isinstance(fetched, Fetched)  # noqa: S101 - it depends on no condition
        return fetched

    async def fetch_unless(self, condition: Condition, url: str, destination: Path) -> Fetched | Answer:
        """As `fetch`, unless the object has not changed: then what is known of it."""
        return await self._fetch(url, destination, condition.headers.get("if-none-match"))

    async def _fetch(self, url: str, destination: Path, unless_etag: str | None) -> Fetched | Answer:
        with reported(url):
            try:
                async with asyncio.timeout(self._settings.total_seconds):
                    return await self._receive(url, destination, unless_etag)
            except TimeoutError as error:
                raise SourceTimeout("Reading the source from its bucket took too long.") from error

    async def _receive(self, url: str, destination: Path, unless_etag: str | None) -> Fetched | Answer:
        name = object_of(url)
        if not self._buckets.is_allowed(name.bucket):
            raise SourceForbidden("The bucket of the source is not one that may be read from.")
        async with asyncio.timeout(self._settings.first_byte_seconds):
            found = await self._buckets.get(name.bucket, name.key, unless_etag)
        if found is None:
            return Answer(url, {"ETag": unless_etag or "", **_ASK_EACH_TIME})
        with Download(destination, self._settings.max_bytes) as download:
            download.expect(found.size_bytes)
            await self._write(found, download)
            return replace(download.finish(), answer=Answer(url, {**found.headers, **_ASK_EACH_TIME}))

    async def _write(self, found: Found, download: Download) -> None:
        received = receiving.get() or Received()
        received.bytes, received.total_bytes = 0, found.size_bytes
        while True:
            async with asyncio.timeout(self._settings.first_byte_seconds):
                chunk = await anext(found.chunks, None)
            if chunk is None:
                return
            received.bytes += len(chunk)
            download.write(chunk)
