"""The sandbox: a pool of child processes that touch pixels, so that no image can hurt the worker."""

from pathlib import Path

from pixelmill.settings import TransformSettings
from pixelmill.transform.order import Made, Order


class Sandbox:
    """Children that decode, one task each at a time, killable at any moment.

    Args:
        settings: Number of children, deadline, memory, limits of sources.
        scratch_dir: An existing folder; sources and the orders' scratch folders lie inside it.
    """

    def __init__(self, settings: TransformSettings, scratch_dir: Path) -> None:
        self._settings = settings
        self._scratch_dir = scratch_dir

    async def start(self) -> None:
        """Start every child and wait until all are ready for work."""
        raise NotImplementedError

    async def transform(self, order: Order) -> Made:
        """Make every variant of an order, in the next free child.

        The deadline counts from the moment a child takes the order. Canceling the call kills the child.

        Raises:
            UnsupportedFormat: The file cannot be opened as the format it was said to be.
            TooManyPixels: The header announces more pixels or frames than the limits allow.
            CorruptImage: The file ends early or contradicts itself.
            TransformTimeout: The child was killed at its deadline.
            TransformCrashed: The child died, or outgrew its memory and was killed.
        """
        raise NotImplementedError

    async def close(self) -> None:
        """Kill every child; calls still running end with `TransformCrashed`."""
        raise NotImplementedError
