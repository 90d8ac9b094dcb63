"""Find the processes of a running service, to kill them."""

import psutil


def role_process(up_pid: int, role: str) -> psutil.Process:
    """The process of a role (`worker`, `api`, ...) below `pixelmill up`: not its guardian, not its children."""
    command = f"pixelmill.{role}.main"
    below = psutil.Process(up_pid).children(recursive=True)
    found = [
        process for process in below if command in process.cmdline() and "guardian" not in " ".join(process.cmdline())
    ]
    assert found, f"no process of {role} below {up_pid}"
    return found[0]
