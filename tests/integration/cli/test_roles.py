"""The commands that run roles and migrations."""

import pytest

from tests.integration.cli.conftest import Run


def test_migrate_may_run_again(run: Run, database_url: str) -> None:
    """The second time it finds nothing to do."""
    for _ in range(2):
        migrated = run("migrate", DATABASE_URL=database_url)

        assert migrated.returncode == 0, migrated.stderr
        assert migrated.stdout == "the trail's schema is up to date\n"


def test_migrate_without_postgres_says_so(run: Run) -> None:
    """A container that waits for it reads the exit code."""
    migrated = run("migrate", DATABASE_URL="postgresql://pixelmill@127.0.0.1:9/pixelmill")

    assert migrated.returncode == 3
    assert "Traceback" not in migrated.stderr


@pytest.mark.parametrize(("role", "code"), [("api", 78), ("worker", 78), ("cleanup-crew", 78), ("migrate", 2)])
def test_a_wrong_setting_is_named(run: Run, role: str, code: int) -> None:
    """Every one of them, by its variable, before anything starts. A role ends as `pixelmill up` does."""
    ended = run(role, PIXELMILL_API_PORT="99999", PIXELMILL_LOG_LEVEL="loud")

    assert ended.returncode == code
    assert "pixelmill: PIXELMILL_LOG_LEVEL: " in ended.stderr
    assert "PIXELMILL_API_PORT: " in ended.stderr
    assert "Traceback" not in ended.stderr
