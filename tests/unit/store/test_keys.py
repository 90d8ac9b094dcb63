"""Keys: what lies where, and that nothing a request names shapes a path."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixelmill.store import keys

TASK_ID = "5f1c0d9e8b7a6f5e4d3c2b1a09f8e7d6"
SLOT = "20261124T0430"
DIGEST = 2 * TASK_ID


def test_a_result_is_filed_by_minute_task_and_execution() -> None:
    """The key of a result shows when it was made, for which task and by which run."""
    key = keys.result_key(SLOT, TASK_ID, "1f0c8a52", "image.webp")
    assert key == f"results/{SLOT}/{TASK_ID}/1f0c8a52/image.webp"
    assert keys.image_url_of(key) == f"/images/{SLOT}/{TASK_ID}/1f0c8a52/image.webp"


def test_an_upload_is_filed_by_minute_and_digest() -> None:
    """One file serves all tasks of the same bytes."""
    assert keys.upload_key(SLOT, DIGEST) == f"uploads/{SLOT}/{DIGEST}"
    with pytest.raises(ValueError, match=r"not a well-formed digest"):
        keys.upload_key(SLOT, TASK_ID)


def test_a_source_is_filed_by_minute_and_download() -> None:
    """Two downloads of one source never write to the same name."""
    assert keys.source_key(SLOT, TASK_ID, "0123456789abcdef") == f"sources/{SLOT}/{TASK_ID}.0123456789abcdef"
    for source_id, download_id in (("../a", "0123456789abcdef"), (TASK_ID, ".."), (TASK_ID, "0123456789abcde/")):
        with pytest.raises(ValueError, match=r"not a well-formed"):
            keys.source_key(SLOT, source_id, download_id)


@given(st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - hypothesis adds the zone
def test_a_slot_ends_within_a_minute_after_any_moment_in_it(moment: datetime) -> None:
    """A file is never older than its slot's end says."""
    end = keys.slot_end(keys.slot_of(moment))
    assert timedelta() < end - moment <= keys.SLOT_LENGTH


def test_slots_are_in_utc() -> None:
    """Two hosts in two time zones file the same moment alike."""
    moment = datetime(2026, 11, 24, 6, 30, tzinfo=timezone(timedelta(hours=2)))
    assert keys.slot_of(moment) == SLOT


def test_slots_sort_by_age() -> None:
    """The names of slots sort as their times do."""
    moments = [datetime(2026, 11, day, hour, tzinfo=UTC) for day in (9, 10) for hour in (3, 23)]
    slots = [keys.slot_of(moment) for moment in moments]
    assert slots == sorted(slots)


@pytest.mark.parametrize("slot", ["", "20261124", "20261124T0430Z", "20261324T0430", "../20261124T0430", "x" * 13])
def test_what_is_no_slot_is_refused(slot: str) -> None:
    """The sweep never takes a folder it does not know for an old one."""
    with pytest.raises(ValueError, match=r".+"):
        keys.slot_end(slot)


@pytest.mark.parametrize(
    ("task_id", "execution_id", "filename"),
    [
        ("../../etc", "1f0c8a52", "image.webp"),
        (TASK_ID + "\n", "1f0c8a52", "image.webp"),
        (TASK_ID, "..", "image.webp"),
        (TASK_ID, "1f0c8a52", "../image.webp"),
        (TASK_ID, "1f0c8a52", "image.webp#1"),
        (TASK_ID, "1f0c8a52", ".webp"),
        (TASK_ID, "1f0c8a52", "image"),
    ],
)
def test_malformed_parts_never_become_a_key(task_id: str, execution_id: str, filename: str) -> None:
    """What a request names cannot leave its folder."""
    with pytest.raises(ValueError, match=r"not a well-formed"):
        keys.result_key(SLOT, task_id, execution_id, filename)


@pytest.mark.parametrize("key", [f"uploads/{SLOT}/{TASK_ID}", "results/", "results", ""])
def test_only_results_are_served(key: str) -> None:
    """There is no URL for an upload."""
    with pytest.raises(ValueError, match=r"not the key of a result"):
        keys.image_url_of(key)
