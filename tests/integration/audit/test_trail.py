"""What the trail answers, from a real Postgres."""

from datetime import UTC, datetime, timedelta

import pytest

from pixelmill.audit.record import TrailRecord
from pixelmill.audit.rows import TrailRows
from pixelmill.audit.trail import Trail
from pixelmill.domain.errors import InvalidRequest, TrailUnavailable
from pixelmill.domain.task import Status
from pixelmill.settings import AuditSettings
from tests.support.trail_records import MORNING, ended


def ids(records: list[TrailRecord]) -> list[str]:
    return [record.task.task_id for record in records]


def all_pages(trail: Trail, limit: int, **filters: object) -> list[str]:
    found: list[str] = []
    cursor = None
    while True:
        page = trail.history(cursor=cursor, limit=limit, **filters)  # type: ignore[arg-type] # the test names them right
        assert len(page.tasks) <= limit
        found += [task.task_id for task in page.tasks]
        cursor = page.next_cursor
        if cursor is None:
            return found


def test_a_task_comes_back_as_it_went_in(rows: TrailRows, trail: Trail) -> None:
    """The trail shows the one representation of a task."""
    record = ended()
    rows.add([record])

    assert trail.find(record.task.task_id) == record.task
    assert trail.history().tasks == [record.task]


def test_a_task_that_never_ended_is_not_found(trail: Trail) -> None:
    """None, not an error: the api decides between 404 and 410."""
    assert trail.find("0" * 32) is None


def test_the_newest_end_of_a_task_counts(rows: TrailRows, trail: Trail) -> None:
    """It failed, was submitted again, and completed; both ends stay in the history."""
    failed = ended(1, status=Status.FAILED, task_id="a" * 32)
    completed = ended(2, task_id="a" * 32)
    rows.add([completed, failed])

    assert trail.find("a" * 32) == completed.task
    assert trail.history().tasks == [completed.task, failed.task]


def test_an_execution_is_written_once(rows: TrailRows, trail: Trail) -> None:
    """Delivery is at least once; the row that is there stays as it is."""
    record = ended(1)

    assert rows.add([record]).rows == 1
    assert rows.add([record, ended(2), record]).rows == 1
    assert len(trail.history().tasks) == 2


@pytest.mark.parametrize("limit", [1, 3, 7, 20, 50])
def test_pages_show_every_task_once_newest_first(rows: TrailRows, trail: Trail, limit: int) -> None:
    """Also where several ended in the same microsecond, and where a page ends exactly at the last one."""
    records = [ended(number, finished_at=MORNING + timedelta(seconds=number // 6)) for number in range(20)]
    rows.add(records)

    found = all_pages(trail, limit)

    assert sorted(found) == sorted(ids(records))
    newest_first = sorted(records, key=lambda r: (r.task.finished_at, r.execution_id), reverse=True)
    assert found == ids(newest_first)


def test_tasks_that_end_while_somebody_pages_move_nothing(rows: TrailRows, trail: Trail) -> None:
    """With an offset instead of a position, the second page would repeat the first."""
    rows.add([ended(number) for number in range(4)])
    first = trail.history(limit=2)
    rows.add([ended(number) for number in range(10, 15)])

    second = trail.history(limit=2, cursor=first.next_cursor)

    assert [task.task_id for task in second.tasks] == ids([ended(1), ended(0)])


@pytest.mark.parametrize("status", [Status.COMPLETED, Status.FAILED, Status.CANCELED])
def test_the_history_of_a_status(rows: TrailRows, trail: Trail, status: Status) -> None:
    """Only tasks that ended so, on every page."""
    statuses = [Status.COMPLETED, Status.FAILED, Status.CANCELED] * 3
    records = [ended(number, status=status) for number, status in enumerate(statuses)]
    rows.add(records)

    expected = [record for record in reversed(records) if record.task.status is status]
    assert all_pages(trail, 2, status=status) == ids(expected)


def test_the_history_of_a_time(rows: TrailRows, trail: Trail) -> None:
    """`since` is part of it and `until` is not, so that one day's end is the next one's start."""
    records = [ended(number) for number in range(6)]
    rows.add(records)
    since, until = MORNING + timedelta(seconds=2), MORNING + timedelta(seconds=4)

    assert all_pages(trail, 1, since=since, until=until) == ids([records[3], records[2]])
    assert all_pages(trail, 10, since=until, until=since) == []


def test_the_history_of_a_source(rows: TrailRows, trail: Trail) -> None:
    """The very same URL: neither the beginning of one nor one with another query string."""
    cat = "https://example.com/cat.jpg"
    records = [ended(1, image_url=cat), ended(2, image_url=f"{cat}?v=2"), ended(3, image_url=cat)]
    rows.add(records)

    assert all_pages(trail, 1, source=cat) == ids([records[2], records[0]])
    assert all_pages(trail, 1, source="https://example.com/") == []


def test_the_history_of_an_upload(rows: TrailRows, trail: Trail) -> None:
    """An upload has no URL; its digest is its name."""
    upload = ended(1).model_copy(update={"source": "sha256:" + "a1" * 32})
    rows.add([upload, ended(2)])

    assert all_pages(trail, 5, source="sha256:" + "a1" * 32) == ids([upload])


def test_a_source_may_be_as_long_as_a_url_may_be(rows: TrailRows, trail: Trail) -> None:
    """An index entry of Postgres may not: the longest it takes is a third of a page."""
    long_url = "https://example.com/" + "".join(f"{number:x}" for number in range(2200))
    record = ended(image_url=long_url[:8192])
    assert rows.add([record]).rows == 1

    assert all_pages(trail, 5, source=long_url[:8192]) == ids([record])


def test_filters_add_up(rows: TrailRows, trail: Trail) -> None:
    """Each narrows what the others leave."""
    dog = "https://example.com/dog.jpg"
    wanted = ended(5, status=Status.FAILED, image_url=dog)
    others = [ended(4, image_url=dog), ended(6, status=Status.FAILED), ended(9, status=Status.FAILED, image_url=dog)]
    rows.add([wanted, *others])

    until = MORNING + timedelta(seconds=9)
    assert all_pages(trail, 5, status=Status.FAILED, source=dog, until=until) == ids([wanted])


def test_times_are_moments_whatever_their_zone(rows: TrailRows, trail: Trail) -> None:
    """A moment given with an offset is the same moment."""
    record = ended(finished_at=datetime.fromisoformat("2026-11-24T10:30:00+05:00"))
    rows.add([record])

    assert all_pages(trail, 5, since=datetime(2026, 11, 24, 5, 30, tzinfo=UTC)) == ids([record])
    assert all_pages(trail, 5, since=datetime(2026, 11, 24, 5, 30, 0, 1, tzinfo=UTC)) == []


def test_a_cursor_that_is_not_ours_is_refused(trail: Trail) -> None:
    """By the name of its field."""
    with pytest.raises(InvalidRequest, match="cursor"):
        trail.history(cursor="not-a-cursor")


def test_a_database_without_the_schema_is_unavailable(database_url: str) -> None:
    """It is the operator's to migrate, not the caller's to understand."""
    trail = Trail(AuditSettings(database_url=database_url))
    try:
        with pytest.raises(TrailUnavailable):
            trail.ping()
    finally:
        trail.close()
