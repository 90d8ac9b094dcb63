"""What the trail answers, from a real Postgres."""

from datetime import UTC, datetime, timedelta

import pytest

from pixelmill.audit.record import TrailRecord
from pixelmill.audit.rows import Placed, TrailRows
from pixelmill.audit.trail import Trail
from pixelmill.audit.wanted import Wanted
from pixelmill.domain.cursor import Position
from pixelmill.domain.errors import InvalidRequest, TrailUnavailable
from pixelmill.domain.task import Status, accepted
from pixelmill.settings import AuditSettings
from tests.support.tasks import some_work
from tests.support.trail_records import MORNING, ended, placed


def ids(records: list[TrailRecord]) -> list[str]:
    return [record.task.task_id for record in records]


def all_pages(trail: Trail, limit: int, **filters: object) -> list[str]:
    wanted = Wanted(**filters)  # type: ignore[arg-type] # the test names them right
    found: list[str] = []
    cursor = None
    while True:
        page = trail.history(wanted, cursor=cursor, limit=limit)
        assert len(page.tasks) <= limit
        found += [task.task_id for task in page.tasks]
        cursor = page.next_cursor
        if cursor is None:
            return found


def test_a_task_comes_back_as_it_went_in(rows: TrailRows, trail: Trail) -> None:
    """The trail shows the one representation of a task."""
    record = ended()
    rows.put(placed([record]))

    assert trail.find(record.task.task_id) == record.task
    assert trail.history().tasks == [record.task]


def test_a_task_that_never_was_is_not_found(trail: Trail) -> None:
    """None, not an error: the api decides between 404 and 410."""
    assert trail.find("0" * 32) is None


def test_the_newest_acceptance_of_a_task_counts(rows: TrailRows, trail: Trail) -> None:
    """It failed, was submitted again, and completed; both stay in the history."""
    failed = ended(1, status=Status.FAILED, task_id="a" * 32)
    completed = ended(2, task_id="a" * 32)
    rows.put(placed([completed, failed]))

    assert trail.find("a" * 32) == completed.task
    assert trail.history().tasks == [completed.task, failed.task]


def test_an_acceptance_is_one_row_however_often_it_is_told(rows: TrailRows, trail: Trail) -> None:
    """Delivery is at least once."""
    record = ended(1)

    assert rows.put(placed([record])).rows == 1
    assert rows.put(placed([record])).rows == 0
    assert rows.put(placed([ended(2), record, record], first_position=0)).rows == 2
    assert len(trail.history().tasks) == 2


def test_the_end_that_was_told_last_counts(rows: TrailRows, trail: Trail) -> None:
    """A worker that told of an end and died before the task ended is followed by another one; in whatever order."""
    first = ended(1, status=Status.FAILED, task_id="a" * 32)
    last = ended(1, task_id="a" * 32).model_copy(update={"acceptance_id": first.acceptance_id})
    for records in ([Placed(first, 7), Placed(last, 8)], [Placed(last, 8), Placed(first, 7)], [Placed(first, 7)]):
        rows.put(records)
        rows.put(reversed(records))

    assert trail.history().tasks == [last.task]


@pytest.mark.parametrize("together", [True, False], ids=["in one batch", "in two"])
@pytest.mark.parametrize("late", [True, False], ids=["late", "in time"])
def test_an_acceptance_never_takes_the_place_of_an_end(
    rows: TrailRows, trail: Trail, *, late: bool, together: bool
) -> None:
    """Entries may be delivered late, and again."""
    work = some_work()
    acceptance = TrailRecord.of_acceptance(work)
    end = ended(1, task_id=work.task_id).model_copy(update={"acceptance_id": work.acceptance_id})
    told = [Placed(acceptance, 1), Placed(end, 2)] if not late else [Placed(end, 2), Placed(acceptance, 3)]
    for records in [told] if together else [told[:1], told[1:]]:
        rows.put(records)
    rows.put([Placed(acceptance, 9)])

    assert trail.history().tasks == [end.task]
    assert trail.unfinished(None, 10) == []


def test_what_was_accepted_is_in_the_history_before_it_ends(rows: TrailRows, trail: Trail) -> None:
    """As it was accepted, by its own status, and with what starts it again; the end then is in its place."""
    works = [some_work("first"), some_work("second")]
    rows.put(placed([ended(1), *map(TrailRecord.of_acceptance, works)]))

    pending = [accepted(work) for work in reversed(works)]
    assert trail.history(Wanted(status=Status.PENDING)).tasks == pending
    assert trail.find(works[0].task_id) == pending[1]
    assert trail.unfinished(None, 10) == works
    assert trail.unfinished(Position(works[0].queued_at, works[0].acceptance_id), 10) == works[1:]
    assert trail.unfinished(None, 1) == works[:1]


@pytest.mark.parametrize("limit", [1, 3, 7, 20, 50])
def test_pages_show_every_task_once_newest_first(rows: TrailRows, trail: Trail, limit: int) -> None:
    """Also where several were accepted in the same microsecond, and where a page ends exactly at the last one."""
    records = [ended(number, queued_at=MORNING + timedelta(seconds=number // 6)) for number in range(20)]
    rows.put(placed(records))

    found = all_pages(trail, limit)

    assert sorted(found) == sorted(ids(records))
    newest_first = sorted(records, key=lambda r: (r.task.queued_at, r.acceptance_id), reverse=True)
    assert found == ids(newest_first)


def test_tasks_that_are_accepted_while_somebody_pages_move_nothing(rows: TrailRows, trail: Trail) -> None:
    """With an offset instead of a position, the second page would repeat the first."""
    rows.put(placed([ended(number) for number in range(4)]))
    first = trail.history(limit=2)
    rows.put(placed([ended(number) for number in range(10, 15)]))

    second = trail.history(limit=2, cursor=first.next_cursor)

    assert [task.task_id for task in second.tasks] == ids([ended(1), ended(0)])


@pytest.mark.parametrize("status", [Status.COMPLETED, Status.FAILED, Status.CANCELED])
def test_the_history_of_a_status(rows: TrailRows, trail: Trail, status: Status) -> None:
    """Only tasks that ended so, on every page."""
    statuses = [Status.COMPLETED, Status.FAILED, Status.CANCELED] * 3
    records = [ended(number, status=status) for number, status in enumerate(statuses)]
    rows.put(placed(records))

    expected = [record for record in reversed(records) if record.task.status is status]
    assert all_pages(trail, 2, status=status) == ids(expected)


def test_the_history_of_a_time(rows: TrailRows, trail: Trail) -> None:
    """`since` is part of it and `until` is not, so that one day's end is the next one's start."""
    records = [ended(number) for number in range(6)]
    rows.put(placed(records))
    since, until = MORNING + timedelta(seconds=2), MORNING + timedelta(seconds=4)

    assert all_pages(trail, 1, since=since, until=until) == ids([records[3], records[2]])
    assert all_pages(trail, 10, since=until, until=since) == []


def test_the_history_of_a_source(rows: TrailRows, trail: Trail) -> None:
    """The very same URL: neither the beginning of one nor one with another query string."""
    cat = "https://example.com/cat.jpg"
    records = [ended(1, image_url=cat), ended(2, image_url=f"{cat}?v=2"), ended(3, image_url=cat)]
    rows.put(placed(records))

    assert all_pages(trail, 1, source=cat) == ids([records[2], records[0]])
    assert all_pages(trail, 1, source="https://example.com/") == []


def test_the_history_of_an_upload(rows: TrailRows, trail: Trail) -> None:
    """An upload has no URL; its digest is its name."""
    upload = ended(1).model_copy(update={"source": "sha256:" + "a1" * 32})
    rows.put(placed([upload, ended(2)]))

    assert all_pages(trail, 5, source="sha256:" + "a1" * 32) == ids([upload])


def test_a_source_may_be_as_long_as_a_url_may_be(rows: TrailRows, trail: Trail) -> None:
    """An index entry of Postgres may not: the longest it takes is a third of a page."""
    long_url = "https://example.com/" + "".join(f"{number:x}" for number in range(2200))
    record = ended(image_url=long_url[:8192])
    assert rows.put(placed([record])).rows == 1

    assert all_pages(trail, 5, source=long_url[:8192]) == ids([record])


def test_filters_add_up(rows: TrailRows, trail: Trail) -> None:
    """Each narrows what the others leave."""
    dog = "https://example.com/dog.jpg"
    wanted = ended(5, status=Status.FAILED, image_url=dog)
    others = [ended(4, image_url=dog), ended(6, status=Status.FAILED), ended(9, status=Status.FAILED, image_url=dog)]
    rows.put(placed([wanted, *others]))

    until = MORNING + timedelta(seconds=9)
    assert all_pages(trail, 5, status=Status.FAILED, source=dog, until=until) == ids([wanted])


def test_times_are_moments_whatever_their_zone(rows: TrailRows, trail: Trail) -> None:
    """A moment given with an offset is the same moment."""
    record = ended(queued_at=datetime.fromisoformat("2026-11-24T10:30:00+05:00"))
    rows.put(placed([record]))

    assert all_pages(trail, 5, since=datetime(2026, 11, 24, 5, 30, tzinfo=UTC)) == ids([record])
    assert all_pages(trail, 5, since=datetime(2026, 11, 24, 5, 30, 0, 1, tzinfo=UTC)) == []


def test_tasks_are_found_by_the_host_of_their_source(rows: TrailRows, trail: Trail) -> None:
    """Uploads and objects in buckets have none."""
    urls = (
        "https://a.example/1.jpg",
        "http://a.example:8080/2.jpg",
        "https://b.a.example/3.jpg",
        "s3://a.bucket/4.jpg",
    )
    records = [ended(number, image_url=url) for number, url in enumerate(urls)]
    upload = ended(9)
    info = upload.task.source.model_copy(update={"image_url": None})
    upload = upload.model_copy(update={"task": upload.task.model_copy(update={"source": info})})
    rows.put(placed([*records, upload]))

    assert all_pages(trail, 1, host="a.example") == ids([records[1], records[0]])
    assert all_pages(trail, 1, host="a.bucket") == []
    assert all_pages(trail, 1, host="example") == []


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


def test_only_what_ended_lately_is_summed_up(rows: TrailRows, trail: Trail) -> None:
    """Not what was accepted hours ago, and not what is pending."""
    now = datetime.now(UTC)
    lately = [ended(1, queued_at=now), ended(2, queued_at=now, status=Status.FAILED)]
    rows.put(placed([*lately, ended(3, queued_at=now - timedelta(hours=2))]))

    found = trail.lately()

    assert (found.tasks, found.failures) == (2, {"source_not_found": 1})
    assert found.stages_ms["transform"].p50 == pytest.approx(42.5)
