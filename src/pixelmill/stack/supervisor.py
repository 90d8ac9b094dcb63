"""supervisord, the process manager, as a child of `pixelmill up`: started, told, asked, stopped."""

import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPException
from signal import SIGTERM
from types import TracebackType
from typing import Any, Self, cast
from xmlrpc.client import Fault, ProtocolError, ServerProxy

from pixelmill.stack.data_dir import DataDir
from pixelmill.stack.failures import ProcessFailed
from pixelmill.stack.interrupts import Interrupts
from pixelmill.stack.process import Process
from pixelmill.stack.supervisor_config import GUARDIAN_SECONDS, write_supervisor_config
from pixelmill.stack.unix_transport import UnixTransport

ANSWER_SECONDS = 5.0
START_SECONDS = 60.0
PATIENCE_SECONDS = 120.0
POLL_SECONDS = 0.05
_NO_ANSWER = (OSError, HTTPException, ProtocolError)
_ALREADY_STARTED = 60
"""Supervisor's number for this fault."""


@dataclass(frozen=True)
class ProcessState:
    """What supervisord says of one process.

    Attributes:
        name: The process.
        state: Supervisor's word for it, such as `RUNNING`, `BACKOFF` or `FATAL`.
        pid: Of its guardian; 0 while there is none.
    """

    name: str
    state: str
    pid: int


class Supervisor:
    """A running supervisord; after the `with` block every process has been stopped, in reverse order of `processes`.

    Args:
        data: Where logs, configuration and socket lie.
        processes: What it may be told to start.
        environment: What the processes inherit.
    """

    def __init__(self, data: DataDir, processes: Sequence[Process], environment: Mapping[str, str]) -> None:
        self._data = data
        self._processes = processes
        self._environment = environment
        self._socket = data.sockets / "supervisor.sock"
        self._child: subprocess.Popen[bytes]

    def __enter__(self) -> Self:
        config = self._data.run / "supervisord.conf"
        write_supervisor_config(config, self._data, self._socket, self._processes)
        supervisord = Process(
            name="supervisor",
            command=(sys.executable, "-m", "supervisor.supervisord", "--configuration", str(config)),
            orphan_signal=SIGTERM,
            stop_seconds=sum(process.stop_seconds + GUARDIAN_SECONDS for process in self._processes),
        )
        with (self._data.logs / "supervisor.log").open("ab") as log:
            self._child = subprocess.Popen(  # noqa: S603 - the command is ours
                supervisord.guarded(hold=self._data.run),
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._child.terminate()
        while self._child.poll() is None:
            # Supervisord looks after what it stops once a second, and whenever it is asked something.
            with suppress(Fault, *_NO_ANSWER):  # the fault is that it shuts down
                self._try_call("getState")
            time.sleep(POLL_SECONDS)

    def await_start(self, interrupts: Interrupts) -> None:
        """Wait until it can be told something.

        Raises:
            ProcessFailed: It ended, or took too long.
            StopRequested: A stop was requested meanwhile.
        """
        if not interrupts.wait_for(self._answers, START_SECONDS):
            raise ProcessFailed(f"the supervisor did not start; see {self._data.logs / 'supervisor.log'}")

    def start(self, *processes: Process) -> None:
        """Start processes and keep them running."""
        for process in processes:
            self._call("startProcess", process.name, False)  # noqa: FBT003 - `wait`; XML-RPC knows no keywords

    def states(self) -> dict[str, ProcessState]:
        """How each process stands, by name.

        Raises:
            ProcessFailed: Supervisord has ended or does not answer.
        """
        answer = cast("list[dict[str, Any]]", self._call("getAllProcessInfo"))
        return {info["name"]: ProcessState(info["name"], info["statename"], info["pid"]) for info in answer}

    def _answers(self) -> bool:
        try:
            self._try_call("getState")
        except _NO_ANSWER:
            self._require_alive()
            return False
        return True

    def _call(self, method: str, *arguments: object) -> object:
        """Call until there is an answer: on a busy machine it may take its time."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return self._try_call(method, *arguments)
            except Fault as fault:
                if fault.faultCode == _ALREADY_STARTED:  # by a call whose answer came too late
                    return None
                raise ProcessFailed(f"the supervisor refuses: {fault.faultString}.") from fault
            except _NO_ANSWER as error:
                self._require_alive()
                if time.monotonic() > deadline:
                    raise ProcessFailed(f"the supervisor does not answer ({error}).") from error
            time.sleep(POLL_SECONDS)

    def _try_call(self, method: str, *arguments: object) -> object:
        transport = UnixTransport(self._socket, ANSWER_SECONDS)
        with ServerProxy("http://supervisor", transport=transport) as proxy:
            return cast("object", getattr(proxy.supervisor, method)(*arguments))

    def _require_alive(self) -> None:
        if self._child.poll() is not None:
            raise ProcessFailed(f"the supervisor has ended; see {self._data.logs / 'supervisor.log'}")
