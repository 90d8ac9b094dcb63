"""The record of an execution."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from pixelmill.audit.record import TrailRecord
from pixelmill.domain.task import Stage, Status
from tests.support.trail_records import ended


@given(st.sampled_from([status for status in Status if status.is_final]))
def test_a_record_survives_its_journey(status: Status) -> None:
    """What is read from the stream is what was appended."""
    record = ended(status=status)

    assert TrailRecord.model_validate_json(record.model_dump_json(exclude_none=True)) == record


def test_a_task_that_has_not_ended_makes_no_record() -> None:
    """The trail tells how tasks ended; a pending one could only mislead."""
    pending = ended().task.model_copy(update={"status": Status.PENDING, "stage": Stage.QUEUED})

    with pytest.raises(ValidationError, match="a record is of a task that ended"):
        TrailRecord(execution_id="1f0c8a52", source="https://example.com/cat.jpg", task=pending)


@pytest.mark.parametrize("execution_id", ["", "a" * 65, "a b", "a/b", "a\0"])
def test_an_execution_id_is_a_plain_word(execution_id: str) -> None:
    """It is part of cursors and paths."""
    with pytest.raises(ValidationError):
        TrailRecord(execution_id=execution_id, source="https://example.com/cat.jpg", task=ended().task)
