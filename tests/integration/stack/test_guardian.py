"""A guardian ends what it started, all that this started, and never outlives its own parent."""

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from pixelmill.stack.process import Identity, Process
from tests.support.privilege import is_open_to_others
from tests.support.wait import wait_until

LINUX = sys.platform == "linux"

Start = Callable[..., "subprocess.Popen[bytes]"]


def python(script: str) -> Process:
    return Process(name="test", command=(sys.executable, "-I", "-S", "-c", textwrap.dedent(script)))


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a guarded process in `tmp_path`."""
    guardians: list[subprocess.Popen[bytes]] = []

    def _start(process: Process) -> "subprocess.Popen[bytes]":
        guardians.append(subprocess.Popen(process.guarded(hold=tmp_path), cwd=tmp_path))
        return guardians[-1]

    yield _start
    for guardian in guardians:
        guardian.terminate()
        guardian.wait(timeout=20)


def pid_in(file: Path) -> int:
    """A process id that a process writes once it is ready."""
    wait_until(lambda: file.exists() and file.read_text().endswith("\n"))
    return int(file.read_text())


def is_gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


WRITE_PID = """
import os, signal, sys, time
def ready(name="pid"):
    with open(name, "w") as file:
        file.write(f"{os.getpid()}\\n")
"""
SLEEPER = WRITE_PID + "ready(); time.sleep(60)"
STUBBORN = WRITE_PID + "signal.signal(signal.SIGTERM, signal.SIG_IGN); ready(); time.sleep(60)"


def test_it_exits_as_the_process_did(start: Start) -> None:
    """The supervisor sees the process' own exit code."""
    assert start(python("raise SystemExit(7)")).wait(timeout=10) == 7


def test_a_signal_is_an_exit_code_as_in_a_shell(start: Start) -> None:
    """128 and the number of the signal."""
    assert start(python("import os; os.kill(os.getpid(), 9)")).wait(timeout=10) == 128 + 9


def test_a_program_that_is_not_there_cannot_be_started(start: Start) -> None:
    """The exit code is that of a shell."""
    assert start(Process(name="test", command=("/no/such/program",))).wait(timeout=10) == 127


def test_a_stop_is_the_signal_the_process_understands(start: Start, tmp_path: Path) -> None:
    """Postgres wants SIGINT where supervisors send SIGTERM."""
    script = """
        def stop(*_):
            print(end="", file=open("stopped", "w")); sys.exit(0)
        signal.signal(signal.SIGINT, stop); ready(); time.sleep(60)
    """
    guardian = start(replace(python(WRITE_PID + textwrap.dedent(script)), stop_signal=signal.SIGINT))
    pid_in(tmp_path / "pid")

    guardian.terminate()

    assert guardian.wait(timeout=10) == 0
    assert (tmp_path / "stopped").exists()


def test_who_does_not_stop_in_time_is_killed(start: Start, tmp_path: Path) -> None:
    """A hung process cannot hold up the end of the stack."""
    guardian = start(replace(python(STUBBORN), stop_seconds=0.2))
    pid_in(tmp_path / "pid")

    guardian.terminate()

    assert guardian.wait(timeout=10) == 128 + signal.SIGKILL


def test_what_a_killed_process_started_ends_with_it(start: Start, tmp_path: Path) -> None:
    """The workers of a killed nginx would go on serving."""
    script = WRITE_PID + "\nif os.fork():\n    ready()\nelse:\n    ready('heir')\ntime.sleep(60)\n"
    guardian = start(python(script))
    heir = pid_in(tmp_path / "heir")

    os.kill(pid_in(tmp_path / "pid"), signal.SIGKILL)
    guardian.wait(timeout=10)

    assert is_gone(heir)


@pytest.mark.skipif(not LINUX, reason="only Linux lets a process adopt orphans")
def test_an_orphan_with_a_session_of_its_own_ends_too(start: Start, tmp_path: Path) -> None:
    """Leaving the group does not help: orphans are adopted, and killed when they do not end by themselves."""
    script = WRITE_PID + "\nif os.fork():\n    ready()\nelse:\n    os.setsid(); ready('heir')\ntime.sleep(60)\n"
    guardian = start(replace(python(script), stop_seconds=0.2))
    heir = pid_in(tmp_path / "heir")

    os.kill(pid_in(tmp_path / "pid"), signal.SIGKILL)
    guardian.wait(timeout=30)

    assert is_gone(heir)


def test_a_stop_that_comes_before_the_process_has_begun_ends_it_without_a_word() -> None:
    """A fork of the guardian would answer SIGINT as Python does, or forget it when it becomes the program."""
    process = Process(name="test", command=("sleep", "60"), stop_signal=signal.SIGINT)
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])  # to be heard as soon as the guardian listens
    try:
        guardian = subprocess.Popen(process.guarded(), stderr=subprocess.PIPE)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    guardian.terminate()

    _, said = guardian.communicate(timeout=20)
    assert (guardian.returncode, said) == (128 + signal.SIGINT, b"")


@pytest.mark.skipif(not LINUX, reason="only Linux lets a process adopt orphans")
@pytest.mark.parametrize("is_far", [False, True])
def test_a_guardian_that_is_born_an_orphan_ends_too(start: Start, tmp_path: Path, *, is_far: bool) -> None:
    """Its parent was killed before it could look who that is, as a supervisor that was just starting something again.

    It takes its adopter for its parent; which tells it to stop, whether it already hears that or is still starting.
    """
    born = replace(python(SLEEPER.replace("ready()", "ready('late')")), stop_signal=signal.SIGINT).guarded(tmp_path)
    newborn = f"""
        import os, signal, sys, time
        if {is_far}:
            signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])  # to be heard by what follows
        while os.getppid() == int(sys.argv[1]):
            time.sleep(0.01)
        os.execv({born[0]!r}, {born!r})
    """
    script = f"""
        import subprocess
        subprocess.Popen([*{list(python(newborn).command)!r}, str(os.getpid())], start_new_session=True)
        ready(); time.sleep(60)
    """
    guardian = start(
        replace(python(WRITE_PID + textwrap.dedent(script)), orphan_signal=signal.SIGTERM, stop_seconds=60)
    )

    os.kill(pid_in(tmp_path / "pid"), signal.SIGKILL)

    assert guardian.wait(timeout=20) == 128 + signal.SIGKILL


@pytest.mark.parametrize("orphan_signal", [signal.SIGKILL, signal.SIGTERM])
def test_the_process_ends_when_the_guardians_parent_is_killed(tmp_path: Path, orphan_signal: signal.Signals) -> None:
    """A killed supervisor leaves nothing: what nobody supervises is ended with the signal chosen for that."""
    process = replace(python(SLEEPER), orphan_signal=orphan_signal)
    parent = python(f"import subprocess, sys; subprocess.run({process.guarded()!r})")
    supervisor = subprocess.Popen(parent.command, cwd=tmp_path)
    pid = pid_in(tmp_path / "pid")
    (guardian,) = psutil.Process(supervisor.pid).children()

    supervisor.kill()
    supervisor.wait()

    wait_until(lambda: is_gone(pid) and is_gone(guardian.pid))


@pytest.mark.skipif(not LINUX, reason="only Linux has a parent-death signal")
def test_the_process_ends_when_its_guardian_is_killed(start: Start, tmp_path: Path) -> None:
    """Nothing is ever without a guardian."""
    guardian = start(python(STUBBORN))
    pid = pid_in(tmp_path / "pid")

    guardian.kill()
    guardian.wait()

    wait_until(lambda: is_gone(pid))


NEEDS_OPEN_PYTHON = pytest.mark.skipif(not is_open_to_others(), reason="needs a Python that other users may enter")


@pytest.mark.skipif(not LINUX or os.geteuid() != 0, reason="needs root on Linux: only root has an identity to shed")
@pytest.mark.parametrize("identity", [Identity.NAMESPACE, pytest.param(Identity.NOBODY, marks=NEEDS_OPEN_PYTHON)])
def test_root_can_start_a_process_that_refuses_root(identity: Identity) -> None:
    """In its own eyes it is user 65534; it still ends with its guardian."""
    process = replace(python("import os, time; print(os.geteuid(), flush=True); time.sleep(60)"), identity=identity)
    guardian = subprocess.Popen(process.guarded(), stdout=subprocess.PIPE)
    assert guardian.stdout is not None
    assert guardian.stdout.readline() == b"65534\n"
    (child,) = psutil.Process(guardian.pid).children()

    guardian.kill()
    guardian.communicate()

    wait_until(lambda: is_gone(child.pid))
