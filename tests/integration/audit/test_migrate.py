"""Migrations, on a real Postgres."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor

import psycopg
import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from pixelmill.audit.connection import database_url as with_driver
from pixelmill.audit.migrate import LOCK, _config, migrate
from pixelmill.audit.table import METADATA
from pixelmill.audit.trail import Trail
from pixelmill.audit.wanted import Wanted
from pixelmill.domain.errors import TrailUnavailable
from pixelmill.settings import AuditSettings, SettingsError
from tests.support.trail_records import ended
from tests.support.wait import wait_until


def test_the_migrations_make_exactly_the_table_the_code_asks(database_url: str) -> None:
    """A column or index changed in one place only would show here."""
    migrate(database_url)

    engine = sa.create_engine(with_driver(database_url))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": "trail_version", "compare_type": True})
        differences = compare_metadata(context, METADATA)
    engine.dispose()
    assert differences == []


def test_rows_of_the_first_release_are_kept(database_url: str) -> None:
    """What was told of an execution is told of an acceptance."""
    record = ended(3)
    engine = sa.create_engine(with_driver(database_url))
    with engine.begin() as connection:
        command.upgrade(_config(connection), "0001")
        row = {"id": "1f0c8a52", "task": record.task.model_dump_json(), "task_id": record.task.task_id}
        insert = "INSERT INTO trail VALUES (:id, :task_id, 'completed', '', now(), CAST(:task AS jsonb))"
        connection.execute(sa.text(insert), row)
    engine.dispose()

    migrate(database_url)

    trail = Trail(AuditSettings(database_url=database_url))
    assert trail.history(Wanted(since=record.task.queued_at)).tasks == [record.task]
    assert trail.find(record.task.task_id) == record.task
    trail.close()


def test_migrating_again_changes_nothing(database_url: str) -> None:
    """Every start of the stack migrates."""
    migrate(database_url)
    with psycopg.connect(database_url) as connection:
        connection.execute("COMMENT ON TABLE trail IS 'untouched'")

    migrate(database_url)

    with psycopg.connect(database_url) as connection:
        assert connection.execute("SELECT obj_description('trail'::regclass)").fetchone() == ("untouched",)


def test_roles_that_start_together_take_turns(database_url: str) -> None:
    """All wait until the first is done, and then find nothing left to do."""
    roles = 3
    with (
        ProcessPoolExecutor(roles, mp_context=multiprocessing.get_context("spawn")) as processes,
        psycopg.connect(database_url, autocommit=True) as first,
    ):
        first.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        others = [processes.submit(migrate, database_url) for _ in range(roles)]
        waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        wait_until(lambda: first.execute(waiting).fetchone() == (roles,), timeout_seconds=30)
        first.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
        assert [other.result(timeout=30) for other in others] == [None] * roles

    with psycopg.connect(database_url) as connection:
        assert connection.execute("SELECT count(*) FROM trail_version").fetchone() == (1,)


def test_a_migration_that_fails_leaves_nothing_behind(database_url: str) -> None:
    """Half a schema is worse than none: the next start could neither use it nor make it."""
    with psycopg.connect(database_url) as connection:
        connection.execute("CREATE TABLE elsewhere (task_id text)")
        connection.execute("CREATE INDEX trail_by_task ON elsewhere (task_id)")  # the last name the migration takes

    with pytest.raises(TrailUnavailable):
        migrate(database_url)

    with psycopg.connect(database_url) as connection:
        assert connection.execute("SELECT to_regclass('trail'), to_regclass('trail_version')").fetchone() == (
            None,
            None,
        )


def test_a_database_that_is_not_there_is_said_to_be_unavailable() -> None:
    """In the words of the catalogue, not of the driver."""
    with pytest.raises(TrailUnavailable):
        migrate("postgresql://pixelmill@127.0.0.1:1/pixelmill")


def test_another_kind_of_database_is_a_wrong_setting() -> None:
    """Waiting would not help."""
    with pytest.raises(SettingsError):
        migrate("mysql://pixelmill@127.0.0.1/pixelmill")
