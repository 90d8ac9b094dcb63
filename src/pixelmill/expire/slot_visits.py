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
        self._visited: dict[tuple[Kind, str], tuple[datetime, datetime]] = {}  # when, and when to come again

    async def due(self, kind: Kind, now: datetime) -> list[str]:
        """The slots of a kind to look into now."""
        # A visit in the future was made by a clock that was ahead; when to come again is wrong, too.
        self._visited = {slot: (at, again) for slot, (at, again) in self._visited.items() if at <= now < again}
        past = past_slots(kind, await self._store.list_slots(kind), self._results, now)
        return [slot for slot in past if (kind, slot) not in self._visited]

    def revisit(self, kind: Kind, slot: str, now: datetime) -> None:
        """Put off the next look into a slot that still holds something."""
        self._visited[kind, slot] = (now, revisit_at(slot, now))
