"""A person learns of a restart, once."""

import pytest

from pixelmill.stack.supervisor import ProcessState
from pixelmill.stack.watch import news

RUNNING = ProcessState("worker", "RUNNING", 10)


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        (RUNNING, RUNNING, None),
        (ProcessState("worker", "STOPPED", 0), ProcessState("worker", "STARTING", 11), None),
        (RUNNING, ProcessState("worker", "STARTING", 11), "worker ended and was started again"),
        (ProcessState("worker", "STARTING", 11), ProcessState("worker", "RUNNING", 11), None),
        (RUNNING, ProcessState("worker", "BACKOFF", 0), "worker ended as soon as it was started, and will be tried"),
        (ProcessState("worker", "BACKOFF", 0), ProcessState("worker", "BACKOFF", 0), None),
        (ProcessState("worker", "BACKOFF", 0), ProcessState("worker", "FATAL", 0), "worker ended again and again"),
        (ProcessState("worker", "FATAL", 0), ProcessState("worker", "FATAL", 0), None),
        (RUNNING, ProcessState("worker", "EXITED", 0), None),
        (
            ProcessState("worker", "EXITED", 0),
            ProcessState("worker", "STARTING", 11),
            "worker ended and was started again",
        ),
    ],
)
def test_what_is_said(before: ProcessState, now: ProcessState, said: str | None) -> None:
    """One line a change; none while nothing changes."""
    line = news(before, now)

    assert (line or "").startswith(said or "")
    assert bool(line) is bool(said)
