"""Writes the configuration of supervisord, the process manager."""

import os
import shlex
from collections.abc import Sequence
from configparser import RawConfigParser
from pathlib import Path

from pixelmill.stack.data_dir import DataDir
from pixelmill.stack.process import Process

LOG_BYTES = 10_000_000
LOG_BACKUPS = 3
"""At most 40 MB of log a process."""

START_TRIES = 1000
"""A process that ends within a second is tried again after 1 s, 2 s, 3 s...: the thousandth try comes after days."""

GUARDIAN_SECONDS = 15
"""A guardian ends later than its process may: it kills what is left, and waits for it."""

_OWN_SECTIONS = {
    "rpcinterface:supervisor": {"supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"},
}


def write_supervisor_config(path: Path, data: DataDir, socket: Path, processes: Sequence[Process]) -> None:
    """Write the configuration file.

    Args:
        path: The file.
        data: Where logs and sockets lie.
        socket: Unix socket supervisord is spoken to through.
        processes: In the order of their start; they are stopped in reverse.
    """
    supervisord = {
        "nodaemon": "true",
        "silent": "true",
        "logfile": str(data.logs / "supervisor.log"),
        "logfile_maxbytes": str(LOG_BYTES),
        "logfile_backups": str(LOG_BACKUPS),
        "pidfile": str(data.run / "supervisord.pid"),
        "directory": str(data.run),
        # Root stays root, and says so: otherwise the first line of the log is a warning.
        **({"user": "root"} if os.geteuid() == 0 else {}),
    }
    sections = {
        "supervisord": supervisord,
        "unix_http_server": {"file": str(socket), "chmod": "0700"},
        **_OWN_SECTIONS,
        **{
            f"program:{process.name}": _program(process, data, place)
            for place, process in enumerate(processes, start=1)
        },
    }
    parser = RawConfigParser()
    parser.read_dict(
        {name: {key: _escaped(value) for key, value in section.items()} for name, section in sections.items()}
    )
    with path.open("w") as file:
        parser.write(file)


def _program(process: Process, data: DataDir, place: int) -> dict[str, str]:
    return {
        "command": shlex.join(process.guarded(hold=data.run)),
        "priority": str(place),
        "autostart": "false",
        "autorestart": "true",
        "startsecs": "1",
        "startretries": str(START_TRIES),
        "stopsignal": "TERM",
        "stopwaitsecs": str(round(process.stop_seconds) + GUARDIAN_SECONDS),
        "stdout_logfile": str(data.logs / f"{process.name}.log"),
        "stdout_logfile_maxbytes": str(LOG_BYTES),
        "stdout_logfile_backups": str(LOG_BACKUPS),
        "redirect_stderr": "true",
    }


def _escaped(value: str) -> str:
    """Supervisor expands `%(name)s` in values."""
    return value.replace("%", "%%")
