"""A place in an object store: a bucket of S3, or of what speaks like it, of Google Cloud Storage or Azure.

A file is one PUT, never a multipart upload: it is there whole or not at all, and no killed process leaves parts that
cost money and that no listing shows. The file is mapped, not read, so that it does not count as memory.
"""

import asyncio
import mmap
import tempfile
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, cast

import obstore
from obstore.store import AzureStore, GCSStore, S3Store, from_url

from pixelmill.domain.errors import SourceNotFound
from pixelmill.domain.limits import MEBIBYTE
from pixelmill.domain.transformation import OutputFormat
from pixelmill.store.place import NO_LONGER_KEPT, Method, StoredFile

Objects = S3Store | GCSStore | AzureStore

CHUNK_BYTES: Final = MEBIBYTE
PUTS_AT_ONCE: Final = 4
"""Of the files of one task: the wait is for the network, and other tasks store as well."""

CONNECT_SECONDS: Final = 5.0
RETRIES: Final = 5
FIRST_BACKOFF_SECONDS: Final = 0.1
LONGEST_BACKOFF_SECONDS: Final = 2.0

PROBE_SECONDS: Final = 2.0
PROBES: Final = "probes"
"""Each process writes an object of its own here, again and again: what a dead one left is swept."""

SIGNED_LIFE: Final = timedelta(minutes=5)
"""How long a signed URL is good for: its reader follows it at once, but the clocks may differ by minutes."""


class Bucket:
    """A `Place` in an object store.

    Args:
        url: Such as `s3://bucket/prefix`; credentials and endpoint come from the library's own environment variables.
        timeout_seconds: For one request. It is tried again on errors of the server and of the connection. Twice that
            for a file with all tries.

    Raises:
        obstore.exceptions.BaseError: The URL or the environment cannot be used.
        ValueError: As before.
    """

    probe_holds_seconds = 10.0

    def __init__(self, url: str, timeout_seconds: float) -> None:
        self.receiving_folder = Path(tempfile.gettempdir())
        self._call_seconds = 2 * timeout_seconds
        self._objects = _open(url, timeout_seconds, RETRIES)
        self._impatient = _open(url, PROBE_SECONDS, retries=1)
        self._probe_key = f"{PROBES}/{uuid.uuid4().hex}"

    async def put(self, files: Mapping[str, Path]) -> None:
        """See `Place`; in constant memory."""
        turns = asyncio.Semaphore(PUTS_AT_ONCE)

        async def put_one(key: str, path: Path) -> None:
            async with turns, asyncio.timeout(self._call_seconds):
                await obstore.put_async(
                    self._objects, key, _mapped(path), attributes=_attributes(key), use_multipart=False
                )

        # All end before any error is raised: the caller removes the files.
        ends = await asyncio.gather(*(put_one(*file) for file in files.items()), return_exceptions=True)
        for error in ends:
            if error is not None:
                raise error

    async def take(self, key: str, path: Path) -> None:
        """See `Place`; the file stays where it is."""
        await self.put({key: path})

    async def has(self, key: str) -> bool:
        """See `Place`."""
        async with asyncio.timeout(self._call_seconds):
            try:
                await obstore.head_async(self._objects, key)
            except FileNotFoundError:
                return False
            return True

    async def adopt(self, key: str, path: Path) -> None:
        """See `Place`."""
        await self.put({key: path})

    async def lend(self, key: str, path: Path) -> int:
        """See `Place`; in constant memory."""
        async with asyncio.timeout(self._call_seconds):
            try:
                found = await obstore.get_async(self._objects, key)
            except FileNotFoundError as error:
                await self.list_folders(PROBES)  # raises if it is the bucket that is not there
                raise SourceNotFound(NO_LONGER_KEPT) from error
            size_bytes = 0
            with path.open("wb") as file:
                async for chunk in found.stream(CHUNK_BYTES):
                    size_bytes += file.write(chunk)
            return size_bytes

    async def list_folders(self, prefix: str) -> list[str]:
        """See `Place`; one request for a thousand names."""
        listed = await obstore.list_with_delimiter_async(self._objects, prefix)
        return [path.rpartition("/")[2] for path in listed["common_prefixes"]]

    async def list_files(self, prefix: str) -> list[StoredFile]:
        """See `Place`; one request for a thousand files."""
        listed = await obstore.list(self._objects, prefix).collect_async()
        return [StoredFile(entry["path"], entry["size"], entry["last_modified"]) for entry in listed]

    async def delete(self, keys: Sequence[str]) -> None:
        """See `Place`; one request for a thousand files where the object store has that."""
        if not keys:
            return
        try:
            await obstore.delete_async(self._objects, keys)
        except FileNotFoundError:  # of Google and Azure, which stop there
            for key in keys:
                with suppress(FileNotFoundError):
                    await obstore.delete_async(self._objects, key)

    async def prune(self, prefix: str) -> None:
        """See `Place`: a bucket has no folders that could be empty."""

    async def delete_unfinished(self, older_than: timedelta) -> int:
        """See `Place`: the probes of dead processes."""
        newest = datetime.now(UTC) - older_than
        left = [file.key for file in await self.list_files(PROBES) if file.modified_at <= newest]
        await self.delete(left)
        return len(left)

    def probe(self) -> None:
        """Write a small object."""
        obstore.put(self._impatient, self._probe_key, b"probe", use_multipart=False)

    def sign(self, method: Method, key: str) -> str:
        """See `Place`."""
        # Azure signs permissions instead of methods, and knows none that the library would ask for with HEAD.
        signed_method: Method = "GET" if isinstance(self._impatient, AzureStore) else method
        return obstore.sign(self._impatient, signed_method, key, SIGNED_LIFE)


def _open(url: str, timeout_seconds: float, retries: int) -> Objects:
    opened = from_url(
        url,
        client_options={
            "allow_http": True,  # where the endpoint says so itself
            "connect_timeout": timedelta(seconds=min(CONNECT_SECONDS, timeout_seconds)),
            "timeout": timedelta(seconds=timeout_seconds),
        },
        retry_config={
            "max_retries": retries,
            # Room for a second try after one that hung.
            "retry_timeout": timedelta(seconds=2 * timeout_seconds),
            "backoff": {
                "init_backoff": timedelta(seconds=FIRST_BACKOFF_SECONDS),
                "max_backoff": timedelta(seconds=LONGEST_BACKOFF_SECONDS),
                "base": 2,
            },
        },
    )
    return cast("Objects", opened)  # what the schemes of `pixelmill.store.opening` lead to


def _mapped(path: Path) -> mmap.mmap | bytes:
    """The bytes of a file; an empty one cannot be mapped."""
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if path.stat().st_size else b""


def _attributes(key: str) -> dict[str, str]:
    """What whoever fetches a file is told of it."""
    suffix = key.rpartition(".")[2]
    is_image = suffix in {output_format.value for output_format in OutputFormat}
    return {"Content-Type": f"image/{suffix}" if is_image else "application/octet-stream"}
