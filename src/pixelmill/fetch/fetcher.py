"""Fetch a source from the web into a file, within limits, from allowed addresses only.

Redirects are followed here and not by aiohttp: each target is normalized and judged like the URL that was submitted.
Content codings are undone here too, so that the bytes counted are those that would be kept.
"""

import asyncio
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import aiohttp
from yarl import URL

from pixelmill.domain.errors import SourceForbidden, SourceRefused
from pixelmill.domain.limits import MEBIBYTE
from pixelmill.domain.url import normalize_redirect, origin_of
from pixelmill.fetch import failures
from pixelmill.fetch.address_policy import AddressPolicy
from pixelmill.fetch.decoding import Decoding
from pixelmill.fetch.dialer import open_connector
from pixelmill.fetch.download import Answer, Download, Fetched
from pixelmill.fetch.received import Received, receiving
from pixelmill.fetch.reported import reported
from pixelmill.settings import FetchSettings

READ_BUFFER_BYTES: Final = MEBIBYTE
"""aiohttp's default of 64 KiB costs 1.2 ms of CPU more per image."""


@dataclass(frozen=True)
class Condition:
    """What a download depends on.

    Attributes:
        url: Whom to tell; no other URL on the way.
        headers: The conditions, such as `If-None-Match`.
    """

    url: str
    headers: Mapping[str, str]


class Fetcher:
    """Fetches sources, many at a time. Use as an asynchronous context manager, inside the event loop."""

    def __init__(self, settings: FetchSettings) -> None:
        self._settings = settings
        self._policy = AddressPolicy(settings)
        self._proxy_url = settings.proxy_url.get_secret_value() if settings.proxy_url else None

    async def __aenter__(self) -> Self:
        self._session = _open_session(self._settings)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._session.close()

    async def fetch(self, url: str, destination: Path) -> Fetched:
        """Download a normalized URL into a new file; nothing is left of it if that fails.

        Raises:
            SourceForbidden: A host, address, port or redirect is not allowed.
            SourceHostUnknown: There is no host of that name.
            SourceCertificateInvalid: The origin is not proven to be the host.
            SourceUnreachable: The origin cannot be reached, breaks off or has a passing problem.
            SourceTimeout: A limit on time is over.
            SourceNotFound: There is nothing at the URL.
            SourceRefused: The origin does not hand it out.
            SourceTooLarge: It has too many bytes.
            SourceNotAnImage: Its first bytes are those of no image.
            UnsupportedFormat: They are those of an image that is not decoded here.
        """
        fetched = await self._fetch(url, destination, None)
        assert isinstance(fetched, Fetched)  # noqa: S101 - it depends on no condition
        return fetched

    async def fetch_unless(self, condition: Condition, url: str, destination: Path) -> Fetched | Answer:
        """As `fetch`, unless the origin says that the source has not changed: then its answer alone."""
        return await self._fetch(url, destination, condition)

    async def _fetch(self, url: str, destination: Path, condition: Condition | None) -> Fetched | Answer:
        with reported(url):
            return await self._fetch_in_time(url, destination, condition)

    async def _fetch_in_time(self, url: str, destination: Path, condition: Condition | None) -> Fetched | Answer:
        try:
            async with asyncio.timeout(self._settings.total_seconds):
                return await self._follow(url, destination, condition)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise failures.of_exception(error) from error

    async def _follow(self, url: str, destination: Path, condition: Condition | None) -> Fetched | Answer:
        for _ in range(self._settings.max_redirects + 1):
            is_conditional = condition is not None and condition.url == url
            async with self._ask(url, condition.headers if condition and is_conditional else {}) as response:
                answer = Answer(url, response.headers)
                if response.status == failures.NOT_MODIFIED and is_conditional:
                    return answer
                if response.status not in failures.REDIRECTS:
                    return replace(await self._receive(response, destination), answer=answer)
                url = _target_of(response, url)
        raise SourceRefused(f"The origin redirects more than {self._settings.max_redirects} times.")

    def _ask(self, url: str, conditions: Mapping[str, str]) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        self._policy.check_url(url)
        if self._proxy_url is not None:
            self._policy.check_numeric_host(url)
        # Of this origin alone: the next hop gets its own, or none.
        headers = self._settings.host_headers.get(origin_of(url), {})
        return self._session.get(
            URL(url, encoded=True),
            allow_redirects=False,
            headers={**{name: value.get_secret_value() for name, value in headers.items()}, **conditions},
            proxy=self._proxy_url,
        )

    async def _receive(self, response: aiohttp.ClientResponse, destination: Path) -> Fetched:
        if response.status != failures.OK:
            raise failures.of_status(response.status, response.headers.get("Retry-After"))
        decoding = Decoding(response.headers.get("Content-Encoding", ""))
        received = receiving.get() or Received()
        received.bytes, received.total_bytes = 0, response.content_length
        with Download(destination, self._settings.max_bytes) as download:
            download.expect(response.content_length)
            # Chunk by chunk as they came: `iter_any` copies all that has come into one.
            async for chunk, _ in response.content.iter_chunks():
                received.bytes += len(chunk)
                for piece in decoding.decode(chunk):
                    download.write(piece)
            decoding.finish()
            return download.finish()


def _open_session(settings: FetchSettings) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=open_connector(settings),
        headers={
            "User-Agent": settings.user_agent,
            "Accept": "image/*, */*;q=0.1",
            "Accept-Encoding": "identity",
        },
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
        auto_decompress=False,
        read_bufsize=READ_BUFFER_BYTES,
        timeout=aiohttp.ClientTimeout(
            connect=settings.connect_seconds,
            sock_connect=settings.connect_seconds,
            sock_read=settings.first_byte_seconds,
        ),
    )


def _target_of(response: aiohttp.ClientResponse, url: str) -> str:
    """Where a redirect leads, normalized.

    From https to http is not followed: whoever is on the way could then replace an image that was asked for safely.
    """
    try:
        target = normalize_redirect(response.headers.get("Location", ""), base=url)
    except ValueError as error:
        raise SourceForbidden("The origin redirects to an address that cannot be fetched.") from error
    if origin_of(url).scheme == "https" and origin_of(target).scheme == "http":
        raise SourceForbidden("The origin redirects from https to http, which is not followed.")
    return target
