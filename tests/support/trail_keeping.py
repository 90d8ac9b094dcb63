"""Put records into the trail as the worker's writer does, without a worker."""

from contextlib import closing
from typing import Final, LiteralString

import psycopg

from pixelmill.audit.record import TrailRecord
from pixelmill.audit.rows import TrailRows
from pixelmill.settings import AuditSettings
from tests.support.trail_records import ended, placed

_FILL: Final[LiteralString] = """
    INSERT INTO trail (acceptance_id, task_id, status, source_digest, queued_at, position, task)
    SELECT md5('acceptance' || number), md5('task' || number), 'completed', sha256(('source' || number)::bytea),
           timestamptz '2026-11-24 09:30:00+00' + number * interval '1 second', number, %(task)s::jsonb
    FROM generate_series(1, %(rows)s) AS number
"""


def keep_in_trail(database_url: str, records: list[TrailRecord]) -> None:
    """Write records to the trail of a migrated database."""
    with closing(TrailRows(AuditSettings(database_url=database_url))) as rows:
        rows.put(placed(records))


def fill_trail(database_url: str, rows: int) -> None:
    """Write many rows to the trail of a migrated database, all with the same task, a second after each other."""
    task = ended().task.model_dump_json(exclude_none=True)
    with psycopg.connect(database_url) as connection:
        connection.execute(_FILL, {"task": task, "rows": rows})
