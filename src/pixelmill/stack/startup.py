"""Brings a stack up in order, and finds out early when it does not come up."""

from collections.abc import Callable, Iterable
from functools import partial
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException

from pixelmill.stack.addresses import Addresses
from pixelmill.stack.data_dir import DataDir
from pixelmill.stack.failures import ProcessFailed
from pixelmill.stack.interrupts import Interrupts
from pixelmill.stack.last_words import last_words
from pixelmill.stack.plan import Plan
from pixelmill.stack.ports import LOOPBACK, is_listening
from pixelmill.stack.process import Process
from pixelmill.stack.schema import update_schema
from pixelmill.stack.supervisor import Supervisor

READY_SECONDS = 120.0
"""A server that recovers after a crash, or a slow machine's first start, takes its time."""

OBSERVER_SECONDS = 5.0
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
    update_schema(plan.cluster_dir, plan.environment, data, interrupts)
    supervisor.start(*plan.roles, plan.front)
    for process in (*plan.roles, plan.front):
        ready.wait(process.name, partial(_answers_ready, getattr(plan.addresses, process.name)))


def await_ports(observers: Iterable[Process], addresses: Addresses, interrupts: Interrupts) -> None:
    """Stay until what nobody else waits for has its port: another stack may be looking for a free one."""
    for observer in observers:
        interrupts.wait_for(partial(is_listening, getattr(addresses, observer.name)), OBSERVER_SECONDS)


class _Readiness:
    """Waits for processes, and gives up on one that ended."""

    def __init__(self, data: DataDir, supervisor: Supervisor, interrupts: Interrupts) -> None:
        self._data = data
        self._supervisor = supervisor
        self._interrupts = interrupts

    def wait(self, name: str, is_ready: Callable[[], bool]) -> None:
        first = self._supervisor.states()[name]
        for _ in range(round(READY_SECONDS / LOOK_SECONDS)):
            if self._interrupts.wait_for(is_ready, LOOK_SECONDS):
                return
            state = self._supervisor.states()[name]
            if state.state in _ENDED or state.pid != first.pid:
                raise ProcessFailed(f"{name} ended while it was starting: {last_words(self._data, name)}")
        raise ProcessFailed(f"{name} was not ready after {READY_SECONDS:.0f} s: {last_words(self._data, name)}")


def _answers_ready(port: int) -> bool:
    connection = HTTPConnection(LOOPBACK, port, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", "/ready")
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
