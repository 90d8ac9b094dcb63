"""What a sweep removes, and what it has removed."""

from collections.abc import Sequence
from dataclasses import dataclass

from pixelmill.store.keys import Kind
from pixelmill.store.place import StoredFile
from pixelmill.store.store import Store
from pixelmill.telemetry import metrics


@dataclass
class Swept:
    """What a sweep removed."""

    tasks: int = 0
    files: int = 0
    size_bytes: int = 0

    async def remove(self, store: Store, kind: Kind, files: Sequence[StoredFile]) -> None:
        """Remove files, and count them.

        Raises:
            StoreUnavailable: They may or may not be gone.
        """
        await store.delete([file.key for file in files])
        size_bytes = sum(file.size_bytes for file in files)
        metrics.swept_files.labels(kind.value).inc(len(files))
        metrics.swept_bytes.labels(kind.value).inc(size_bytes)
        self.files += len(files)
        self.size_bytes += size_bytes
