"""What the doctor finds out about the trail's database."""

import pytest

from pixelmill.audit.condition import inspect
from pixelmill.audit.migrate import MIGRATIONS_DIR, migrate
from pixelmill.domain.errors import TrailUnavailable

NEWEST = max(path.stem[:4] for path in (MIGRATIONS_DIR / "versions").glob("0*.py"))


def test_a_database_that_was_never_migrated_has_no_revision(database_url: str) -> None:
    """And looking does not change that."""
    for _ in range(2):
        condition = inspect(database_url)
        assert (condition.revision, condition.newest_revision) == (None, NEWEST)


def test_a_migrated_one_has_the_newest(database_url: str) -> None:
    """The two are the same then."""
    migrate(database_url)

    condition = inspect(database_url)

    assert (condition.revision, condition.newest_revision) == (NEWEST, NEWEST)
    assert condition.server_version.split(".")[0].isdigit()


def test_a_database_that_is_not_there_says_why() -> None:
    """To the operator, who asked."""
    with pytest.raises(TrailUnavailable, match="Connection refused"):
        inspect("postgresql://pixelmill@127.0.0.1:1/pixelmill")
