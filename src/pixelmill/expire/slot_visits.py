"""Which slots a sweep has to look into: past ones, and those that still hold something only now and then."""

from datetime import datetime

from pixelmill.expire.policy import past_slots, revisit_at
from pixelmill.settings import ResultSettings
from pixelmill.store.keys import Kind
from pixelmill.store.store import Store


class SlotVisits:
    """The visits of one sweeper.

    Args:
        store: Has the slots.
        results: How long results live.
    """

    def __init__(self, store: Store, results: ResultSettings) -> None:
        self._store = store
        self._results = results
        self._revisit_at: dict[tuple[Kind, str], datetime] = {}

    async def due(self, kind: Kind, now: datetime) -> list[str]:
        """The slots of a kind to look into now."""
        self._revisit_at = {slot: moment for slot, moment in self._revisit_at.items() if moment > now}
        past = past_slots(kind, await self._store.list_slots(kind), self._results, now)
        return [slot for slot in past if (kind, slot) not in self._revisit_at]

    def revisit(self, kind: Kind, slot: str, now: datetime) -> None:
        """Put off the next look into a slot that still holds something."""
        self._revisit_at[kind, slot] = revisit_at(slot, now)
