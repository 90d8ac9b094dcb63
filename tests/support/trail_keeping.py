"""Put records into the trail as the worker's writer does, without a worker."""

from contextlib import closing

from pixelmill.audit.record import TrailRecord
from pixelmill.audit.rows import TrailRows
from pixelmill.settings import AuditSettings
from tests.support.trail_records import placed


def keep_in_trail(database_url: str, records: list[TrailRecord]) -> None:
    """Write records to the trail of a migrated database."""
    with closing(TrailRows(AuditSettings(database_url=database_url))) as rows:
        rows.put(placed(records))
