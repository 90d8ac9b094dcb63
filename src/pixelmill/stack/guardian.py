"""A resident guardian: the process it starts does not outlive its parent, and nothing outlives that process.

Supervisors kill the one process they started. That leaves nginx's workers behind when its master dies, and everything
when the supervisor itself is killed. So each process runs under a guardian, which

- gives itself and the process a group each, out of reach of a terminal's Ctrl-C;
- learns of its parent's death (Linux: the parent-death signal; elsewhere it looks twice a second) and then ends the
  process at once, with the signal chosen for that;
- forwards a stop as the signal the process understands, and kills it when it does not stop in time;
- once the process has ended, ends all it left behind (on Linux whatever sessions they made: orphans are adopted);
- exits as the process did.

Run by path, `python -I -S guardian.py stop_signal=INT stop_seconds=10 orphan_signal=INT -- postgres -D ...`, with the
standard library alone: one runs for every process, so it has to start in milliseconds and stay small.
"""

import ctypes
import fcntl
import os
import pwd
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

CANNOT_START = 127
"""Exit code when the process cannot be started, as a shell has it."""

POLL_SECONDS = 0.5

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_CLONE_NEWUSER = 0x10000000
_NOBODY_ID = 65534
_STOPS = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT}
_AWAITED = {*_STOPS, signal.SIGCHLD, signal.SIGALRM}


@dataclass(frozen=True)
class Orders:
    """How to start and end one process."""

    command: list[str]
    stop_signal: signal.Signals
    orphan_signal: signal.Signals
    stop_seconds: float
    hold: str | None
    identity: str

    @classmethod
    def parse(cls, arguments: list[str]) -> "Orders":
        """Read `key=value ... -- command`."""
        end = arguments.index("--")
        given = dict(argument.split("=", 1) for argument in arguments[:end])
        return cls(
            command=arguments[end + 1 :],
            stop_signal=signal.Signals[f"SIG{given['stop_signal']}"],
            orphan_signal=signal.Signals[f"SIG{given['orphan_signal']}"],
            stop_seconds=float(given["stop_seconds"]),
            hold=given.get("hold"),
            identity=given.get("identity", "own"),
        )


def guard(orders: Orders) -> int:
    """Start the process, stay until it and all it started have ended, return its exit code."""
    parent = os.getppid()
    os.setpgid(0, 0)
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, _AWAITED)
    _set_process_control(_PR_SET_CHILD_SUBREAPER, 1)
    _set_process_control(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if orders.hold:
        _hold(orders.hold)
    child = _start(orders, mask)
    if sys.platform != "linux" or os.getppid() != parent:
        signal.setitimer(signal.ITIMER_REAL, POLL_SECONDS, POLL_SECONDS)
    code = _attend(child, parent, orders)
    _end_leftovers(child, 0.0 if orders.orphan_signal is signal.SIGKILL else orders.stop_seconds)
    return code


def _hold(folder: str) -> None:
    """Share a lock for as long as this process or any heir of it lives: the next start waits for it."""
    descriptor = os.open(folder, os.O_RDONLY)
    os.set_inheritable(descriptor, True)  # noqa: FBT003 - positional only
    fcntl.flock(descriptor, fcntl.LOCK_SH)


def _start(orders: Orders, mask: set[int | signal.Signals]) -> int:
    guardian = os.getpid()
    child = os.fork()
    if child:
        return child
    try:
        os.setpgid(0, 0)
        for taken_by_python in (signal.SIGINT, signal.SIGPIPE, signal.SIGXFSZ):
            signal.signal(taken_by_python, signal.SIG_DFL)
        take_identity(orders.identity)
        # After the identity: the kernel forgets the parent-death signal when a process changes who it is.
        _set_process_control(_PR_SET_PDEATHSIG, orders.orphan_signal)
        if os.getppid() == guardian:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
            os.execvp(orders.command[0], orders.command)  # noqa: S606 - no shell is wanted
    except OSError as error:
        sys.stderr.write(f"{orders.command[0]}: {error}\n")
        sys.stderr.flush()
    os._exit(CANNOT_START)


def _attend(child: int, parent: int, orders: Orders) -> int:
    """Wait for the process to end; meanwhile pass on what is asked of it."""
    deadline = float("inf")
    while True:
        received = signal.sigwait(_AWAITED)
        for pid, status in _ended():
            if pid == child:
                return _exit_code(status)
        orphaned = os.getppid() != parent
        if time.monotonic() > deadline:
            _signal_group(child, signal.SIGKILL)
        elif deadline == float("inf") and (received in _STOPS or orphaned):
            os.kill(child, orders.orphan_signal if orphaned else orders.stop_signal)
            deadline = time.monotonic() + orders.stop_seconds
            signal.setitimer(signal.ITIMER_REAL, POLL_SECONDS, POLL_SECONDS)


def _ended() -> Iterator[tuple[int, int]]:
    """Every child that has ended since the last look, with its status."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not pid:
            return
        yield pid, status


def _exit_code(status: int) -> int:
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


def _end_leftovers(child: int, patience_seconds: float) -> None:
    """Kill the rest of the group, and tell adopted orphans to stop; kill them, too, if they do not in time.

    Most have guardians that know by themselves. But a guardian that was only just started when its parent died takes
    its adopter for its parent.
    """
    _signal_group(child, signal.SIGKILL)
    deadline = time.monotonic() + patience_seconds
    told: set[int] = set()
    while True:
        try:
            if os.waitpid(-1, os.WNOHANG) == (0, 0):
                if time.monotonic() > deadline:
                    _signal_children(signal.SIGKILL, set())
                else:
                    _signal_children(signal.SIGTERM, told)
                time.sleep(0.01)
        except ChildProcessError:
            return


def _signal_group(group: int, number: signal.Signals) -> None:
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):  # macOS answers EPERM for a group of zombies
        return


def _signal_children(number: signal.Signals, told: set[int]) -> None:
    """Send a signal to each child that has not got it yet."""
    with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as children:  # noqa: PTH123 - pathlib is slow
        for pid in {int(pid) for pid in children.read().split()} - told:
            told.add(pid)
            os.kill(pid, number)


def take_identity(identity: str) -> None:
    """Become who the process should run as.

    Args:
        identity: `own` changes nothing. `namespace`: root outside, but user 65534 in its own eyes, so that a server
            that refuses to run as root runs, and reads and writes root's files. `nobody`: truly that user.

    Raises:
        OSError: If the system does not allow it.
    """
    if identity == "namespace":
        _libc_call("unshare", _CLONE_NEWUSER)
        for name, line in (("setgroups", "deny"), ("uid_map", "65534 0 1"), ("gid_map", "65534 0 1")):
            with open(f"/proc/self/{name}", "w", encoding="ascii") as file:  # noqa: PTH123 - pathlib is slow to import
                file.write(line)
    elif identity == "nobody":
        user = pwd.getpwnam("nobody")
        os.setgroups([])
        os.setgid(user.pw_gid)
        os.setuid(user.pw_uid)


def _set_process_control(option: int, value: int) -> None:
    if sys.platform == "linux":
        _libc_call("prctl", option, value, 0, 0, 0)


def _libc_call(name: str, *arguments: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*(ctypes.c_ulong(argument) for argument in arguments)) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


if __name__ == "__main__":
    sys.exit(guard(Orders.parse(sys.argv[1:])))
