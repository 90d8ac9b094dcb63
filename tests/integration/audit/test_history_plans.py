"""How Postgres answers the queries on a trail of some size: from an index, without sorting or scanning."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from pixelmill.audit import queries
from pixelmill.audit.connection import database_url as with_driver
from pixelmill.audit.migrate import migrate
from pixelmill.audit.table import TRAIL
from pixelmill.audit.wanted import Wanted
from pixelmill.domain.cursor import Position
from pixelmill.domain.task import Status
from tests.support.servers import PostgresServer
from tests.support.trail_records import MORNING

ROWS = 20_000
FILL = sa.text("""
    INSERT INTO trail (acceptance_id, task_id, tenant, host, status, source_digest, queued_at, position, task)
    SELECT md5('acceptance' || number), md5('task' || number),
           CASE number % 200 WHEN 0 THEN 'shop' WHEN 3 THEN 'shop' WHEN 7 THEN 'press' END,
           CASE WHEN number % 50 = 9 THEN 'popular.example' ELSE 'host' || number END,
           CASE WHEN number % 50 = 0 THEN 'failed' WHEN number % 50 = 1 THEN 'pending' ELSE 'completed' END,
           sha256((CASE WHEN number % 50 = 7 THEN 'popular' ELSE 'source' || number END)::bytea),
           timestamptz '2026-11-24 09:30:00+00' + number * interval '1 second',
           number, '{}'::jsonb
    FROM generate_series(1, :rows) AS number
""")
DEEP = Position(MORNING + timedelta(seconds=ROWS // 2), "f" * 32)
SINCE, UNTIL = MORNING + timedelta(seconds=500), MORNING + timedelta(seconds=ROWS - 500)

Explain = Callable[[sa.Select[Any, *tuple[Any, ...]]], str]


@pytest.fixture(scope="module")
def explain(_shared_postgres: PostgresServer) -> Iterator[Explain]:
    """Makes the plan of a query, as text."""
    url = _shared_postgres.create_database()
    migrate(url)
    engine = sa.create_engine(with_driver(url))
    with engine.begin() as connection:
        connection.execute(FILL, {"rows": ROWS})
        connection.execute(sa.text("ANALYZE trail"))

    def plan(query: sa.Select[Any, *tuple[Any, ...]]) -> str:
        compiled = query.compile(engine)
        with engine.connect() as connection:
            lines = connection.exec_driver_sql(f"EXPLAIN {compiled}", compiled.construct_params()).scalars()
            return "\n".join(lines)

    yield plan
    engine.dispose()
    _shared_postgres.drop_database(url)


@pytest.mark.parametrize("after", [None, DEEP], ids=["first page", "deep page"])
@pytest.mark.parametrize(
    ("filters", "index"),
    [
        ({}, "trail_by_time"),
        ({"since": SINCE}, "trail_by_time"),
        ({"since": SINCE, "until": UNTIL}, "trail_by_time"),
        ({"status": Status.FAILED}, "trail_by_status"),
        ({"status": Status.FAILED, "since": SINCE, "until": UNTIL}, "trail_by_status"),
        ({"tenant": "shop"}, "trail_by_tenant"),
        ({"tenant": "shop", "since": SINCE, "until": UNTIL}, "trail_by_tenant"),
        ({"tenant": "shop", "status": Status.FAILED}, "trail_by_tenant_and_status"),
        ({"host": "popular.example"}, "trail_by_host"),
        ({"host": "popular.example", "since": SINCE}, "trail_by_host"),
        ({"source": "popular"}, "trail_by_source"),
        ({"source": "popular", "since": SINCE}, "trail_by_source"),
        ({"source": "popular", "status": Status.COMPLETED}, "trail_by_source"),
    ],
    ids=lambda value: "+".join(value) or "no filter" if isinstance(value, dict) else value,
)
def test_every_page_comes_from_an_index_in_order(
    explain: Explain, filters: dict[str, Any], index: str, after: Position | None
) -> None:
    """So that a page costs its rows, however many the trail has and however deep it lies."""
    plan = explain(queries.page(Wanted(**filters), after, 51))

    assert f"Index Scan Backward using {index}" in plan
    assert "Sort" not in plan
    assert "Seq Scan" not in plan


def test_the_last_end_of_a_task_comes_from_an_index(explain: Explain) -> None:
    """Every request for an unknown or expired task asks for it."""
    plan = explain(queries.last("0" * 32))

    assert "Index Scan Backward using trail_by_task" in plan
    assert "Sort" not in plan


def test_old_rows_come_from_an_index(explain: Explain) -> None:
    """A batch costs its rows, however many there are."""
    old = queries.remove_rows(MORNING + timedelta(seconds=ROWS), 1000).whereclause
    assert old is not None
    plan = explain(sa.select(sa.literal(1)).select_from(TRAIL).where(old))

    assert "Index Only Scan using trail_by_time" in plan or "Index Scan using trail_by_time" in plan
    assert "Sort" not in plan


@pytest.mark.parametrize("after", [None, DEEP], ids=["first page", "deep page"])
def test_what_never_ended_comes_from_an_index(explain: Explain, after: Position | None) -> None:
    """It is a small part of what there is."""
    plan = explain(queries.unfinished(after, 100))

    assert "Index Scan using trail_by_status" in plan
    assert "Sort" not in plan


def test_what_ended_lately_comes_from_an_index(explain: Explain) -> None:
    """However long the trail is, only its end is looked at."""
    plan = explain(queries.lately(SINCE, 500))

    assert "Index Scan Backward using trail_by_time" in plan
    assert "Sort" not in plan
