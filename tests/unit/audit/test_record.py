"""The record of an acceptance."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from pixelmill.audit.record import TrailRecord
from pixelmill.domain.task import Stage, Status
from tests.support.tasks import some_work
from tests.support.trail_records import ended

PENDING = ended().task.model_copy(update={"status": Status.PENDING, "stage": Stage.QUEUED, "finished_at": None})


@given(st.sampled_from([status for status in Status if status.is_final]))
def test_a_record_survives_its_journey(status: Status) -> None:
    """What is read from the stream is what was appended."""
    record = ended(status=status)

    assert TrailRecord.model_validate_json(record.model_dump_json(exclude_none=True)) == record


def test_an_acceptance_has_what_starts_it_again() -> None:
    """As its caller saw it, with the whole request."""
    work = some_work()
    record = TrailRecord.of_acceptance(work)

    assert (record.acceptance_id, record.source, record.work) == (work.acceptance_id, work.source.identity, work)
    assert (record.task.status, record.task.stage, record.task.queued_at) == ("pending", "queued", work.queued_at)


def test_a_record_does_not_contradict_itself() -> None:
    """What has ended has a time for it and nothing to start again; what is pending is the other way round."""
    work, task = some_work(), ended().task
    endless = task.model_copy(update={"finished_at": None})
    for fields in ({"task": PENDING}, {"task": task, "work": work}, {"task": endless}):
        with pytest.raises(ValidationError, match=r"a (record of a )?(pending|completed) task"):
            TrailRecord.model_validate({"acceptance_id": "a", "source": "https://example.com/cat.jpg", **fields})


@pytest.mark.parametrize("acceptance_id", ["", "a" * 65, "a b", "a/b", "a\0"])
def test_an_acceptance_id_is_a_plain_word(acceptance_id: str) -> None:
    """It is part of cursors."""
    with pytest.raises(ValidationError):
        TrailRecord(acceptance_id=acceptance_id, source="https://example.com/cat.jpg", task=ended().task)
