"""How failures are told to BullMQ, and when it tries again."""

from types import SimpleNamespace

import pytest
from bullmq import UnrecoverableError
from hypothesis import given
from hypothesis import strategies as st

from pixelmill.domain.errors import CATALOGUE, CorruptImage, SourceTimeout, TaskError
from pixelmill.queue.attempt import MAX_BACKOFF_MILLISECONDS, AttemptFailedError, backoff_milliseconds, failure_of

JOB = SimpleNamespace(opts={"backoff": {"type": "jittered", "delay": 1000}})


def pause(failed_attempts: int, error: Exception | None = None) -> int:
    return backoff_milliseconds(failed_attempts, "jittered", error or ValueError(), JOB)


@given(st.integers(1, 10))
def test_pauses_double_with_jitter(failed_attempts: int) -> None:
    """Half as long to half again as long, and never longer than a minute."""
    nominal = 1000 * 2 ** (failed_attempts - 1)
    assert min(nominal * 0.5, MAX_BACKOFF_MILLISECONDS) <= pause(failed_attempts) <= nominal * 1.5
    assert pause(failed_attempts) <= MAX_BACKOFF_MILLISECONDS


def test_tasks_that_failed_together_do_not_come_back_together() -> None:
    """That is what the jitter is for."""
    assert len({pause(1) for _ in range(100)}) > 50


@pytest.mark.parametrize(("asked_for_seconds", "at_least"), [(0, 500), (7, 7000), (3600, MAX_BACKOFF_MILLISECONDS)])
def test_an_origin_may_ask_for_a_pause(asked_for_seconds: int, at_least: int) -> None:
    """Within reason."""
    error = failure_of(SourceTimeout(retry_after_seconds=asked_for_seconds))
    assert at_least <= pause(1, error) <= max(1500, at_least)


@pytest.mark.parametrize("code", [code for code in CATALOGUE if code != "invalid_request"])
def test_the_kind_of_an_error_decides(code: str) -> None:
    """Redis keeps it whole; only one that may pass is tried again."""
    error = CATALOGUE[code]("What happened.")
    failure = failure_of(error)
    assert TaskError.model_validate_json(str(failure)) == error.as_task_error()
    assert isinstance(failure, AttemptFailedError if error.retryable else UnrecoverableError)


def test_a_lasting_error_is_recognized_by_bullmq() -> None:
    """It compares with its own class."""
    assert isinstance(failure_of(CorruptImage()), UnrecoverableError)
