"""Tells a person when something of a running stack ended and was started again."""

from pixelmill.stack.console import say
from pixelmill.stack.data_dir import DataDir
from pixelmill.stack.interrupts import Interrupts
from pixelmill.stack.supervisor import ProcessState, Supervisor

LOOK_SECONDS = 1.0


def watch(known: dict[str, ProcessState], supervisor: Supervisor, data: DataDir, interrupts: Interrupts) -> None:
    """Report news until a stop is requested.

    Args:
        known: How the processes stood when they were ready.
        supervisor: Knows how they stand.
        data: Has their logs.
        interrupts: Ends the watch.

    Raises:
        StopRequested: The usual end.
        ProcessFailed: Supervisord itself has ended; nothing of the stack is left then.
    """
    while True:
        interrupts.pause(LOOK_SECONDS)
        current = supervisor.states()
        for name, state in current.items():
            line = news(known[name], state)
            if line:
                say(f"{line}; see {data.logs / name}.log")
        known = current


def news(before: ProcessState, now: ProcessState) -> str | None:
    """What a person should know of a change; None when there is nothing."""
    if now.state == before.state and not now.pid:
        return None
    if now.state == "FATAL":
        return f"{now.name} ended again and again, and is not started any more"
    if now.state == "BACKOFF":
        return f"{now.name} ended as soon as it was started, and will be tried again"
    if now.pid and now.pid != before.pid and before.state != "STOPPED":
        return f"{now.name} ended and was started again"
    return None
