"""The history: what a page costs beside a million tasks, whatever it is filtered by, and how fast all is exported.

The rows are spread as those of a busy service are: most of one host, half of one tenant, few that failed, and some of
which there are next to none.
"""

import statistics
import time
from contextlib import closing
from typing import Final

import psycopg

from benchmarks.report import keep, show
from pixelmill.api.history_export import Exports
from pixelmill.audit.migrate import migrate
from pixelmill.audit.trail import Trail
from pixelmill.audit.wanted import Wanted
from pixelmill.domain.task import Status
from pixelmill.settings import AuditSettings
from tests.support.servers import PostgresServer
from tests.support.trail_records import MORNING, ended

PAGE_TASKS: Final = 50
ROUNDS: Final = 20
DEEP_PAGES: Final = 10
"""So many pages deep, besides the first one; a cursor costs the same however deep it lies."""

_FILL: Final = """
    INSERT INTO trail (acceptance_id, task_id, tenant, host, status, source_digest, queued_at, position, task)
    SELECT md5('acceptance' || number), md5('task' || number),
           CASE WHEN number %% 2 = 0 THEN 'large' WHEN number %% 1000 = 1 THEN 'small' END,
           CASE WHEN number %% 5 < 3 THEN 'popular.example' WHEN number %% 100000 = 4 THEN 'rare.example'
                ELSE 'host' || number %% 1000 || '.example' END,
           CASE WHEN number %% 50 = 0 THEN 'failed' ELSE 'completed' END,
           sha256((CASE WHEN number %% 50 = 7 THEN 'https://popular.example/a.jpg' ELSE 'source' || number END)::bytea),
           timestamptz '2026-11-24 09:30:00+00' + number * interval '1 second', number, %(task)s::jsonb
    FROM generate_series(1, %(rows)s) AS number
"""
_FILTERS: Final[dict[str, Wanted]] = {
    "none": Wanted(),
    "until": Wanted(until=MORNING.replace(year=MORNING.year + 1)),
    "failed": Wanted(status=Status.FAILED),
    "canceled, of which there is none": Wanted(status=Status.CANCELED),
    "popular source": Wanted(source="https://popular.example/a.jpg"),
    "unknown source": Wanted(source="https://popular.example/none.jpg"),
    "popular host": Wanted(host="popular.example"),
    "popular host, failed": Wanted(host="popular.example", status=Status.FAILED),
    "rare host": Wanted(host="rare.example"),
    "unknown host": Wanted(host="none.example"),
    "large tenant": Wanted(tenant="large"),
    "small tenant": Wanted(tenant="small"),
    "small tenant, failed": Wanted(tenant="small", status=Status.FAILED),
    "large tenant, rare host": Wanted(tenant="large", host="rare.example"),
}


def history(tasks: int) -> None:
    """Ask for pages with every filter, export all, and report both."""
    with PostgresServer() as postgres:
        settings = AuditSettings(database_url=postgres.create_database())
        _fill(settings.database_url, tasks)
        with closing(Trail(settings)) as trail:
            pages = {name: _page_milliseconds(trail, wanted) for name, wanted in _FILTERS.items()}
            rows_per_second = _export(trail, tasks)
    rows = [[name, f"{statistics.median(times):.1f}", f"{max(times):.1f}"] for name, times in pages.items()]
    show(f"A page of {PAGE_TASKS} beside {tasks:,} tasks, ms", ("filter", "median", "slowest"), rows)
    show("Export", ("tasks", "tasks a second"), [[f"{tasks:,}", f"{rows_per_second:,.0f}"]])
    keep(
        "history",
        {
            "tasks": tasks,
            "page_milliseconds": {
                name: {"median": round(statistics.median(times), 2), "slowest": round(max(times), 2)}
                for name, times in pages.items()
            },
            "exported_per_second": round(rows_per_second),
        },
    )


def _fill(database_url: str, tasks: int) -> None:
    migrate(database_url)
    task = ended(1).task.model_dump_json(exclude_none=True)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(_FILL, {"task": task, "rows": tasks})
        connection.execute("VACUUM ANALYZE trail")


def _page_milliseconds(trail: Trail, wanted: Wanted) -> list[float]:
    """How long the first pages took, each several times."""
    times = []
    for _ in range(ROUNDS):
        cursor: str | None = None
        for _ in range(DEEP_PAGES):
            started_at = time.perf_counter()
            page = trail.history(wanted, cursor=cursor, limit=PAGE_TASKS)
            times.append((time.perf_counter() - started_at) * 1000)
            cursor = page.next_cursor
            if cursor is None:
                break
    return times


def _export(trail: Trail, tasks: int) -> float:
    started_at = time.perf_counter()
    lines = sum(part.count(b"\n") for part in Exports(trail).lines(Wanted()))
    if lines != tasks:
        raise RuntimeError(f"{lines} tasks were exported of {tasks}")
    return tasks / (time.perf_counter() - started_at)
