"""Buckets that sources are read from: the operator's, but not the store."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from email.utils import format_datetime
from typing import Final

import obstore
from obstore.exceptions import BaseError, NotModifiedError, PermissionDeniedError, UnauthenticatedError
from obstore.store import from_url

from pixelmill.domain.errors import SourceNotFound, SourceRefused, SourceUnreachable
from pixelmill.domain.limits import MEBIBYTE
from pixelmill.settings import FetchSettings, SettingsError, environment_name
from pixelmill.store.bucket import Objects

CHUNK_BYTES: Final = MEBIBYTE


@dataclass(frozen=True)
class FoundObject:
    """An object that is being read.

    Attributes:
        size_bytes: As the object store tells.
        headers: What it tells that helps to keep it.
        chunks: Its bytes. Raises as `SourceBuckets.get`.
    """

    size_bytes: int
    headers: dict[str, str]
    chunks: AsyncIterator[bytes]


class SourceBuckets:
    """Reads objects, from the buckets that are allowed.

    Args:
        settings: Which, and how long they may take. Nothing is tried again here: the queue does that.

    Raises:
        SettingsError: A bucket cannot be opened with what the environment says of it.
    """

    def __init__(self, settings: FetchSettings) -> None:
        self._buckets = {url: _open(url, settings) for url in settings.allowed_buckets}

    def is_allowed(self, bucket: str) -> bool:
        """Whether a bucket may be read from."""
        return bucket in self._buckets

    async def get(self, bucket: str, key: str, unless_etag: str | None = None) -> FoundObject | None:
        """Begin to read an object of an allowed bucket; None if it is still the one with that ETag.

        Raises:
            SourceNotFound: There is none, or no such bucket.
            SourceRefused: The service may not read it.
            SourceUnreachable: The object store does not answer as it should.
        """
        with _border():
            try:
                found = await obstore.get_async(
                    self._buckets[bucket], key, options={"if_none_match": unless_etag} if unless_etag else {}
                )
            except NotModifiedError:
                return None
        meta = found.meta
        headers = {"Last-Modified": format_datetime(meta["last_modified"], usegmt=True)}
        if meta["e_tag"]:
            headers["ETag"] = meta["e_tag"]
        return FoundObject(meta["size"], headers, _chunks(found))


async def _chunks(found: "obstore.GetResult") -> AsyncIterator[bytes]:
    with _border():
        async for chunk in found.stream(CHUNK_BYTES):
            yield bytes(chunk)


@contextmanager
def _border() -> Iterator[None]:
    """Turn what obstore raises into the catalogue's errors."""
    try:
        yield
    except FileNotFoundError as error:
        raise SourceNotFound("There is no such object in the bucket of the source.") from error
    except (PermissionDeniedError, UnauthenticatedError) as error:
        raise SourceRefused("The service may not read from the bucket of the source.") from error
    except (BaseError, OSError) as error:
        raise SourceUnreachable("The bucket of the source could not be read.") from error


def _open(url: str, settings: FetchSettings) -> Objects:
    try:
        opened = from_url(
            url,
            client_options={
                "allow_http": True,  # where the endpoint says so itself
                "connect_timeout": timedelta(seconds=settings.connect_seconds),
                "timeout": timedelta(seconds=settings.total_seconds),
            },
            retry_config={"max_retries": 0, "retry_timeout": timedelta(seconds=settings.total_seconds)},
        )
    except (BaseError, ValueError) as error:
        name, reason = environment_name(FetchSettings, "allowed_buckets"), str(error).partition("\n")[0]
        raise SettingsError(f"{name}: expected buckets that can be opened, received {url} ({reason})") from error
    return opened  # type: ignore[return-value] # its scheme says which
