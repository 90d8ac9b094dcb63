"""A result on its way into a file: checked against the promised digest, whole or absent."""

import hashlib
from pathlib import Path
from types import TracebackType
from typing import Self

from pixelmill.client.problems import DownloadDamaged
from pixelmill.domain.variant import Variant


class Unfinished:
    """A file beside its destination, which it replaces once it is whole. Use as a context manager.

    Args:
        variant: What was promised.
        destination: Where it goes.
    """

    def __init__(self, variant: Variant, destination: Path) -> None:
        self._variant = variant
        self._destination = destination
        self._path = destination.with_name(f".{destination.name}.unfinished")
        self._digest = hashlib.sha256()

    def __enter__(self) -> Self:
        self._file = self._path.open("wb")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        self._path.unlink(missing_ok=True)

    def write(self, chunk: bytes) -> None:
        """Take the next bytes."""
        self._digest.update(chunk)
        self._file.write(chunk)

    def finish(self) -> Path:
        """Put the file at its destination, and return that.

        Raises:
            DownloadDamaged: The bytes are not the promised ones.
        """
        if self._digest.hexdigest() != self._variant.sha256:
            raise DownloadDamaged(f"{self._variant.url} is not the image the task promised.")
        self._file.close()
        self._path.replace(self._destination)
        return self._destination
