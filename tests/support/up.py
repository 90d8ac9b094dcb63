"""`pixelmill up` as a person starts it, to be interrupted and killed."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import httpx
import psutil

from tests.support.ports import free_port
from tests.support.wait import wait_until

READY_SECONDS = 120.0
END_SECONDS = 120.0
PROGRAM = str(Path(sys.executable).with_name("pixelmill"))


class Up:
    """One run of `pixelmill up`, with what it says.

    Args:
        folder: Where its output goes.
        data_dir: Its data directory.
        port: Its public port.
        prefix: A command that starts it, such as one that changes the user.
        environment: Settings besides those of the tests.
        arguments: Options besides those above.
    """

    def __init__(
        self,
        folder: Path,
        data_dir: Path,
        port: int | None = None,
        *,
        prefix: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        arguments: Sequence[str] = (),
    ) -> None:
        self._again = partial(Up, folder, data_dir, prefix=prefix, environment=environment, arguments=arguments)
        self.data_dir = data_dir
        self.port = port or free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        self.output = folder / f"up-{self.port}.log"
        command = [*prefix, PROGRAM, "up", "--port", str(self.port), "--data-dir", str(data_dir), *arguments]
        with self.output.open("ab") as log:
            self.process = subprocess.Popen(
                command, stdout=log, stderr=log, env={**os.environ, **(environment or {})}, start_new_session=True
            )

    def again(self) -> "Up":
        """Start it once more, after it has ended, on the same port and data."""
        self.output.unlink()
        return self._again(port=self.port)

    def lines(self) -> list[str]:
        return self.output.read_text().splitlines()

    def said(self, words: str) -> bool:
        return any(words in line for line in self.lines())

    def await_ready(self) -> None:
        def is_ready() -> bool:
            assert self.process.poll() is None, f"it ended: {self.lines()}"
            return self.said("Pixelmill is ready")

        wait_until(is_ready, READY_SECONDS)

    def answers(self) -> bool:
        with suppress(httpx.TransportError):
            return httpx.get(f"{self.base_url}/ready", timeout=5).status_code == httpx.codes.OK
        return False

    def everything(self) -> list[psutil.Process]:
        """All processes of the stack, `pixelmill up` itself first."""
        up = psutil.Process(self.process.pid)
        return [up, *up.children(recursive=True)]

    def find(self, *words: str) -> psutil.Process:
        """The process whose command line has all of `words`; never a guardian unless it is asked for."""
        return self.find_all(*words)[0]

    def find_all(self, *words: str) -> list[psutil.Process]:
        """As `find`, when there are several; waits for the first."""
        found: list[psutil.Process] = []

        def is_there() -> bool:
            found[:] = [process for process in self.everything() if _has(process, words)]
            return bool(found)

        wait_until(is_there, END_SECONDS)
        return found

    def interrupt(self) -> int:
        """Ctrl-C; returns the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(END_SECONDS)

    def exit_code(self) -> int:
        return self.process.wait(READY_SECONDS)


def _has(process: psutil.Process, words: Sequence[str]) -> bool:
    try:
        line = " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return False
    return all(word in line for word in words) and ("guardian" in words or "guardian.py" not in line)


@contextmanager
def up(folder: Path, data_dir: Path, **how: object) -> Iterator[Up]:
    """A run that is ready, and ended at last by Ctrl-C if it has not ended before."""
    run = Up(folder, data_dir, **how)  # type: ignore[arg-type]  # the arguments of Up, by name
    try:
        run.await_ready()
        yield run
    finally:
        if run.process.poll() is None:
            run.interrupt()


def await_end(processes: Sequence[psutil.Process]) -> None:
    """Wait until none of `processes` is left."""
    _, alive = psutil.wait_procs(processes, timeout=END_SECONDS)
    assert not alive, f"still there: {[process.cmdline() for process in alive]}"
