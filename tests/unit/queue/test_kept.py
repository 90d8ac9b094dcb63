"""From BullMQ's job to the task that callers see."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from pixelmill.domain.errors import CorruptImage, PixelmillError, SourceTimeout, WorkerLost
from pixelmill.domain.source import SourceInfo, UploadSource
from pixelmill.domain.task import Priority, Progress, Stage, Status
from pixelmill.queue.kept import KeptTask, State
from pixelmill.queue.reading import read_kept
from pixelmill.settings import ResultSettings
from tests.support.tasks import DIGEST, an_outcome, some_work

RESULTS = ResultSettings(life_seconds=3600, failure_life_seconds=60, dead_letter_life_seconds=86_400)
FINISHED_AT = datetime(2026, 11, 24, 4, 30, tzinfo=UTC)
FINISHED_ON = str(round(FINISHED_AT.timestamp() * 1000))


def a_job(**fields: str) -> dict[str, str]:
    return {"data": some_work().model_dump_json(exclude_none=True), "priority": "1", "timestamp": "1"} | fields


def failed_with(error: PixelmillError) -> KeptTask:
    reason = error.as_task_error().model_dump_json()
    kept = read_kept("failed", a_job(ats="3", finishedOn=FINISHED_ON, failedReason=reason))
    assert kept is not None
    return kept


def completed() -> KeptTask:
    value = an_outcome().model_dump_json(exclude_none=True)
    kept = read_kept("completed", a_job(ats="1", finishedOn=FINISHED_ON, returnvalue=value))
    assert kept is not None
    return kept


@pytest.mark.parametrize(
    ("bullmq_state", "fields", "state", "stage"),
    [
        ("prioritized", {}, State.WAITING, Stage.QUEUED),
        ("waiting", {"ats": "1"}, State.WAITING, Stage.RETRYING),
        ("prioritized", {"ats": "2"}, State.WAITING, Stage.RETRYING),
        ("delayed", {"ats": "1"}, State.RETRYING, Stage.RETRYING),
        ("active", {"ats": "1"}, State.ACTIVE, Stage.FETCHING),
        ("active", {"ats": "1", "progress": "0"}, State.ACTIVE, Stage.FETCHING),
        ("active", {"ats": "2", "progress": '{"stage":"storing","attempt":1}'}, State.ACTIVE, Stage.FETCHING),
        ("active", {"ats": "2", "progress": '{"stage":"storing","attempt":2}'}, State.ACTIVE, Stage.STORING),
    ],
)
def test_a_pending_task_has_a_stage(bullmq_state: str, fields: dict[str, str], state: State, stage: Stage) -> None:
    """That of the attempt under way; `retrying` between two."""
    kept = read_kept(bullmq_state, a_job(**fields))
    assert kept is not None
    assert (kept.state, kept.stage) == (state, stage)
    task = kept.as_task(RESULTS)
    assert (task.status, task.expires_at, task.finished_at) == (Status.PENDING, None, None)


def test_progress_is_that_of_the_attempt_that_runs() -> None:
    """What an earlier attempt had got to says nothing; nor does it once the task has ended."""
    told = '{"stage":"fetching","attempt":2,"progress":{"fetched_bytes":7,"variants_done":0,"variants":3}}'
    expected = Progress(fetched_bytes=7, variants=3)
    for bullmq_state, started, progress in (("active", "2", expected), ("active", "3", None), ("delayed", "2", None)):
        kept = read_kept(bullmq_state, a_job(ats=started, progress=told))
        assert kept is not None
        assert kept.progress == kept.as_task(RESULTS).progress == progress


def test_what_is_not_there_is_not_kept() -> None:
    """No job, or one whose hash is gone."""
    assert read_kept("unknown", {}) is None
    assert read_kept("completed", {}) is None


def test_a_completed_task_forgets_failed_attempts() -> None:
    """BullMQ leaves the reason of the last failed attempt in the job."""
    value = an_outcome().model_dump_json()
    reason = SourceTimeout().as_task_error().model_dump_json()
    kept = read_kept("completed", a_job(ats="2", finishedOn=FINISHED_ON, returnvalue=value, failedReason=reason))
    assert kept is not None
    assert (kept.error, kept.attempts) == (None, 2)
    assert kept.as_task(RESULTS).error is None


def test_a_pending_task_shows_no_end_of_the_run_before() -> None:
    """A retried job keeps the time at which it had ended, and what it had ended with."""
    reason = SourceTimeout().as_task_error().model_dump_json()
    kept = read_kept("delayed", a_job(ats="1", failedReason=reason, finishedOn=FINISHED_ON))
    assert kept is not None
    assert (kept.error, kept.finished_at) == (None, None)


def test_a_failure_that_is_not_ours_shows_no_internals() -> None:
    """BullMQ writes what it caught when it could not end a job."""
    kept = read_kept("failed", a_job(finishedOn=FINISHED_ON, failedReason="Error 111 connecting to 10.0.0.7:6379"))
    assert kept is not None
    assert kept.error is not None
    assert kept.error.code == "internal_error"
    assert "10.0.0.7" not in kept.as_task(RESULTS).model_dump_json()


def test_the_burial_of_a_lost_task_is_no_attempt() -> None:
    """BullMQ hands it out once more, only to fail it."""
    assert failed_with(WorkerLost()).attempts == 2
    assert failed_with(CorruptImage()).attempts == 3


@pytest.mark.parametrize(
    ("kept", "life_seconds", "answers"),
    [(completed(), 3600, True), (failed_with(CorruptImage()), 60, True), (failed_with(SourceTimeout()), 86_400, False)],
)
def test_ends_live_and_answer_by_kind(kept: KeptTask, life_seconds: int, *, answers: bool) -> None:
    """Until the last moment; a dead letter is kept longest and never answers another submission."""
    last, over = (FINISHED_AT + timedelta(seconds=seconds) for seconds in (life_seconds - 0.001, life_seconds))
    assert kept.expires_at(RESULTS) == over
    assert not kept.is_over(RESULTS, last)
    assert kept.is_over(RESULTS, over)
    assert kept.answers_again(RESULTS, last) is answers
    assert not kept.answers_again(RESULTS, over)
    assert kept.is_dead_letter is not answers


def test_an_upload_is_known_by_its_digest() -> None:
    """Before anybody has looked into it."""
    work = some_work().model_copy(update={"source": UploadSource(sha256=DIGEST, size_bytes=7, key="k")})
    kept = read_kept("prioritized", a_job(data=work.model_dump_json()))
    assert kept is not None
    assert kept.as_task(RESULTS).source == SourceInfo(bytes=7, sha256=DIGEST)


def test_the_priority_is_the_jobs() -> None:
    """A later submission may have raised it over that of the work."""
    work = some_work(priority=Priority.BULK)
    kept = read_kept("prioritized", a_job(data=json.dumps(work.model_dump(mode="json")), priority="1"))
    assert kept is not None
    assert (kept.priority, kept.work.priority) == (Priority.INTERACTIVE, Priority.BULK)
