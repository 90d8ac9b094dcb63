"""What a store is made of: a place that keeps whole files under keys. Two are there: a folder and a bucket."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Literal, Protocol

Method = Literal["GET", "HEAD"]

NO_LONGER_KEPT: Final = "The uploaded image is no longer kept; please send it again."
"""What is said of a file that is not there: uploads alone are fetched."""


@dataclass(frozen=True)
class StoredFile:
    """A file in the store."""

    key: str
    size_bytes: int
    modified_at: datetime


class Place(Protocol):
    """Keeps whole files. Every method raises what obstore or the file system raises."""

    probe_holds_seconds: float
    """How long the answer of a probe is good for: as long as asking again would cost more than it tells."""

    receiving_folder: Path
    """Where to write a file that is to be kept by `take`."""

    async def put(self, files: Mapping[str, Path]) -> None:
        """Keep copies of files under their keys; each is whole or absent, whatever happens."""

    async def take(self, key: str, path: Path) -> None:
        """Keep a file of the receiving folder, without a copy where that is possible; it may be gone from there."""

    async def has(self, key: str) -> bool:
        """Whether there is a file under a key."""

    async def adopt(self, key: str, path: Path) -> None:
        """Keep a file that nobody writes to any more under a key that is new; it may be lost in a power cut."""

    async def lend(self, key: str, path: Path) -> int:
        """Have a kept file at `path`, to be read only: a copy, or the file itself. Returns its size in bytes.

        Raises:
            SourceNotFound: There is none.
        """

    async def list_folders(self, prefix: str) -> list[str]:
        """The names one level below a prefix that have something below them."""

    async def list_files(self, prefix: str) -> list[StoredFile]:
        """Every file below a prefix."""

    async def delete(self, keys: Sequence[str]) -> None:
        """Remove files; one that is not there is no error."""

    async def prune(self, prefix: str) -> None:
        """Remove what is empty at and below a prefix."""

    async def delete_unfinished(self, older_than: timedelta) -> int:
        """Remove what killed processes left, if nobody touched it for so long; returns how many files."""

    def probe(self) -> None:
        """Write something small."""

    def sign(self, method: Method, key: str) -> str | None:
        """A URL that is good for one method on one file and for a short time; None if this place has no URLs."""
