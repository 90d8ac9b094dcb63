"""Postgres: reachable, new enough, and its schema up to date."""

from collections.abc import Iterator
from typing import Final

from pixelmill.audit.condition import Condition, inspect
from pixelmill.cli.checks.finding import NOT_RUNNING, Finding, ok, problem
from pixelmill.domain.errors import TrailUnavailable

OLDEST_MAJOR: Final = 15


def check(database_url: str | None) -> Iterator[Finding]:
    """Ask the server for its version and the last migration applied; without a URL there is none to ask yet."""
    if database_url is None:
        yield ok("postgres", NOT_RUNNING)
        return
    try:
        condition = inspect(database_url)
    except TrailUnavailable as error:
        repair = "Start PostgreSQL 15+ and point DATABASE_URL to it; pixelmill up brings its own."
        yield problem("postgres", f"it does not answer: {error.detail}", repair)
        return
    yield _version(condition.server_version)
    yield _schema(condition)


def _version(version: str) -> Finding:
    if int(version.partition(".")[0]) >= OLDEST_MAJOR:
        return ok("postgres", f"PostgreSQL {version}")
    return problem("postgres", f"PostgreSQL {version} is too old", f"Run PostgreSQL {OLDEST_MAJOR} or newer.")


def _schema(condition: Condition) -> Finding:
    if condition.revision == condition.newest_revision:
        return ok("postgres schema", f"up to date ({condition.revision})")
    says = f"at {condition.revision or 'nothing'}, but this version needs {condition.newest_revision}"
    return problem("postgres schema", says, "Run: pixelmill migrate")
