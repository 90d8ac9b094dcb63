"""Brings a stack up in order, and finds out early when it does not come up."""

import subprocess
import sys
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from pixelmill.stack.data_dir import DataDir
from pixelmill.stack.failures import ProcessFailed
from pixelmill.stack.interrupts import Interrupts
from pixelmill.stack.plan import Plan
from pixelmill.stack.ports import LOOPBACK
from pixelmill.stack.process import Process
from pixelmill.stack.supervisor import Supervisor

READY_SECONDS = 60.0
"""A server that recovers after a crash, or a slow machine's first start, takes its time."""

MIGRATE_SECONDS = 600.0
ANSWER_SECONDS = 2.0
LOOK_SECONDS = 0.25
_ENDED = {"BACKOFF", "EXITED", "FATAL"}


def start_in_order(plan: Plan, data: DataDir, supervisor: Supervisor, interrupts: Interrupts) -> None:
    """Servers, then the schema, then the roles and nginx; returns when all of them are ready.

    Raises:
        ProcessFailed: Something did not come up; the message has what it said last.
        StopRequested: A stop was requested meanwhile.
    """
    supervisor.await_start(interrupts)
    supervisor.start(*(server.process for server in plan.servers))
    ready = _Readiness(data, supervisor, interrupts)
    for server in plan.servers:
        ready.wait(server.process.name, server.is_ready)
    _migrate(plan, data, interrupts)
    supervisor.start(*plan.roles, plan.front)
    for process in (*plan.roles, plan.front):
        ready.wait(process.name, partial(_answers_ready, getattr(plan.addresses, process.name)))
    supervisor.start(*plan.observers)


class _Readiness:
    """Waits for processes, and gives up on one that ended."""

    def __init__(self, data: DataDir, supervisor: Supervisor, interrupts: Interrupts) -> None:
        self._data = data
        self._supervisor = supervisor
        self._interrupts = interrupts

    def wait(self, name: str, is_ready: Callable[[], bool]) -> None:
        rounds = round(READY_SECONDS / LOOK_SECONDS)
        for _ in range(rounds):
            if self._interrupts.wait_for(is_ready, LOOK_SECONDS):
                return
            if self._supervisor.states()[name].state in _ENDED:
                raise ProcessFailed(f"{name} ended while it was starting: {last_words(self._data, name)}")
        raise ProcessFailed(f"{name} was not ready after {READY_SECONDS:.0f} s: {last_words(self._data, name)}")


def _migrate(plan: Plan, data: DataDir, interrupts: Interrupts) -> None:
    """Bring the schema up to date, in a process of its own: this one stays small."""
    process = Process(name="migrate", command=(sys.executable, "-m", "pixelmill.stack.migration"))
    with (data.logs / "migrate.log").open("ab") as log:
        child = subprocess.Popen(  # noqa: S603 - the command is ours
            process.guarded(hold=data.run), env=plan.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    try:
        ended = interrupts.wait_for(lambda: child.poll() is not None, MIGRATE_SECONDS)
    finally:
        child.terminate()
        child.wait()
    if not ended or child.returncode:
        raise ProcessFailed(f"the schema of the trail could not be brought up to date: {last_words(data, 'migrate')}")


def _answers_ready(port: int) -> bool:
    connection = HTTPConnection(LOOPBACK, port, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", "/ready")
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def last_words(data: DataDir, name: str) -> str:
    """The last line a process wrote, and where the rest is."""
    log = data.logs / f"{name}.log"
    lines = [line for line in _tail(log).splitlines() if line.strip()]
    return f"{lines[-1].strip() if lines else 'it said nothing'} (see {log})"


def _tail(log: Path, size_bytes: int = 4096) -> str:
    if not log.exists():
        return ""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - size_bytes))
        return file.read().decode(errors="replace")
