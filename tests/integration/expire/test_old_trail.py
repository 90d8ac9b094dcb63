"""Rows of the trail that are older than it is kept."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from pixelmill.audit import retention as retention_module
from pixelmill.audit.migrate import migrate
from pixelmill.audit.retention import TrailRetention
from pixelmill.audit.trail import Trail
from pixelmill.domain.errors import TrailUnavailable
from pixelmill.expire import old_trail
from pixelmill.expire.old_trail import OldTrail
from pixelmill.settings import AuditSettings
from tests.support.trail_keeping import keep_in_trail
from tests.support.trail_records import MORNING, ended

NOW = MORNING + timedelta(days=30)


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (retention_module, old_trail):
        monkeypatch.setattr(module, "BATCH_ROWS", 4)
    monkeypatch.setattr(old_trail, "PAUSE_SECONDS", 0)


@pytest.fixture
def settings(database_url: str) -> AuditSettings:
    migrate(database_url)
    return AuditSettings(database_url=database_url, retention_days=30)


@pytest.fixture
def trail(settings: AuditSettings) -> Iterator[Trail]:
    trail = Trail(settings)
    yield trail
    trail.close()


@pytest.fixture
def retention(settings: AuditSettings) -> Iterator[TrailRetention]:
    retention = TrailRetention(settings)
    yield retention
    retention.close()


@pytest.mark.parametrize("old", [0, 3, 4, 9])
async def test_what_is_older_goes_in_batches(
    settings: AuditSettings, trail: Trail, retention: TrailRetention, old: int
) -> None:
    """And what is not stays, to the second; the next time there is nothing to do."""
    records = [ended(number - old) for number in range(old + 3)]
    keep_in_trail(settings.database_url, records)
    forgetting = OldTrail(retention, settings)

    assert await forgetting.remove(NOW) == old
    assert trail.history().tasks == [record.task for record in reversed(records[old:])]
    assert await forgetting.remove(NOW) == 0


async def test_a_trail_that_is_kept_for_ever_is_left_alone(
    settings: AuditSettings, trail: Trail, retention: TrailRetention
) -> None:
    """0 days mean that."""
    keep_in_trail(settings.database_url, [ended(1)])
    for_ever = settings.model_copy(update={"retention_days": 0})

    assert await OldTrail(retention, for_ever).remove(NOW + timedelta(days=9999)) == 0
    assert len(trail.history().tasks) == 1


async def test_postgres_away_is_said(settings: AuditSettings) -> None:
    """The crew goes on without."""
    unreachable = TrailRetention(settings.model_copy(update={"database_url": "postgresql://nobody@127.0.0.1:1/none"}))

    with pytest.raises(TrailUnavailable):
        await OldTrail(unreachable, settings).remove(NOW)
    unreachable.close()
