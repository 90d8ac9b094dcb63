"""A source on its way into a file: counted, hashed and recognized while it arrives."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from pixelmill.domain.errors import SourceTooLarge
from pixelmill.domain.limits import MEBIBYTE
from pixelmill.domain.source import ImageFormat
from pixelmill.fetch.sniff import HEAD_BYTES, sniff


@dataclass(frozen=True)
class Answer:
    """What an origin said along with a source.

    Attributes:
        url: Who it was, after all redirects.
        headers: All that were sent.
    """

    url: str
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Fetched:
    """A source that was fetched whole.

    Attributes:
        answer: What its origin said along with it; None if it was not asked just now.
    """

    path: Path
    size_bytes: int
    sha256: str
    format: ImageFormat
    answer: Answer | None = field(default=None, compare=False)


class Download:
    """Writes a source into a new file and stops as soon as it cannot become an acceptable one: then the file is gone.

    It may be used on the event loop: a chunk of 1 MiB goes to the page cache and through SHA-256 in about 1 ms.

    Args:
        path: The file; it must not exist yet.
        max_bytes: The most it may grow to.
    """

    def __init__(self, path: Path, max_bytes: int) -> None:
        self._path = path
        self._max_bytes = max_bytes
        self._size_bytes = 0
        self._digest = hashlib.sha256()
        self._head = b""
        self._format: ImageFormat | None = None

    def __enter__(self) -> Self:
        self._file = self._path.open("xb")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._file.close()
        if kind is not None:
            self._path.unlink()

    def expect(self, size_bytes: int | None) -> None:
        """Refuse at once what is announced to be too large.

        Raises:
            SourceTooLarge: It is.
        """
        if size_bytes is not None and size_bytes > self._max_bytes:
            raise SourceTooLarge(
                f"The source has {size_bytes / MEBIBYTE:.1f} MiB; at most {self._max_bytes / MEBIBYTE:g} are accepted."
            )

    def write(self, chunk: bytes) -> None:
        """Take the next bytes.

        Raises:
            SourceTooLarge: They are too many.
            SourceNotAnImage: The file is no image.
            UnsupportedFormat: It is an image of a format that is not decoded here.
        """
        self._size_bytes += len(chunk)
        if self._size_bytes > self._max_bytes:
            raise SourceTooLarge(
                f"The source has more than {self._max_bytes / MEBIBYTE:g} MiB, which is the most that is accepted."
            )
        self._file.write(chunk)
        self._digest.update(chunk)
        if self._format is None:
            self._head += chunk[:HEAD_BYTES]
            if len(self._head) >= HEAD_BYTES:
                self._format = sniff(self._head)

    def finish(self) -> Fetched:
        """The whole source.

        Raises:
            SourceNotAnImage: The file is no image.
            UnsupportedFormat: It is an image of a format that is not decoded here.
        """
        self._file.flush()
        return Fetched(
            path=self._path,
            size_bytes=self._size_bytes,
            sha256=self._digest.hexdigest(),
            format=self._format or sniff(self._head),
        )
