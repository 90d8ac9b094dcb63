"""Find the processes of a running service, to kill them."""

import psutil


def processes_of(up_pid: int, word: str) -> list[psutil.Process]:
    """The processes below `pixelmill up` with a word in their command line, such as `valkey-server`; no guardians."""
    return [
        process
        for process in psutil.Process(up_pid).children(recursive=True)
        if word in (line := _command_line(process)) and "guardian" not in line
    ]


def role_process(up_pid: int, role: str) -> psutil.Process:
    """The process of a role (`worker`, `api`, ...): neither its guardian nor its children."""
    found = processes_of(up_pid, f"pixelmill.{role}.main")
    assert found, f"no process of {role} below {up_pid}"
    return found[0]


def _command_line(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return ""
